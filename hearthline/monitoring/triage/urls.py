from django.urls import URLPattern, URLResolver, path

from hearthline.monitoring.alerts.addresses import CASES
from hearthline.monitoring.triage.views import budget, case, dangers, on_call, own_time, rules, worklist

RULES = "monitoring/rules/"
ON_CALL = "monitoring/on-call/"
CASE = f"{CASES}<uuid:case_id>/"

app_name = "triage"
urlpatterns: list[URLPattern | URLResolver] = [
    path("monitoring/", worklist.worklist, name="worklist"),
    path(CASE, case.case, name="case"),
    path(f"{CASE}claim/", case.claim, name="claim"),
    path(f"{CASE}release/", case.release, name="release"),
    path(f"{CASE}close/", case.close, name="close"),
    path(f"{CASE}suppress/", case.suppress, name="suppress"),
    path(f"{CASE}pause/", case.pause, name="pause"),
    path(f"{CASE}contact/", case.contact, name="contact"),
    path(f"{CASE}time/", case.beat, name="beat"),
    path(f"{CASE}alerts/<uuid:alert_id>/snooze/", case.snooze, name="snooze"),
    path(RULES, rules.rules, name="rules"),
    path(f"{RULES}shipped/", rules.adopt, name="adopt_rules"),
    path(f"{RULES}new/<slug:kind>/", rules.write, name="write_rule"),
    path(f"{RULES}<uuid:rule_id>/", rules.rule, name="rule"),
    path(f"{RULES}<uuid:rule_id>/next/", rules.change, name="change_rule"),
    path(f"{RULES}<uuid:rule_id>/approve/", rules.approve, name="approve_rule"),
    path(f"{RULES}<uuid:rule_id>/retire/", rules.retire, name="retire_rule"),
    path(ON_CALL, on_call.on_call, name="on_call"),
    path(f"{ON_CALL}hours/", on_call.add_line, name="add_line"),
    path(f"{ON_CALL}hours/<uuid:row_id>/end/", on_call.end_line, name="end_line"),
    path(f"{ON_CALL}exceptions/", on_call.add_shift, name="add_shift"),
    path(f"{ON_CALL}exceptions/<uuid:row_id>/end/", on_call.end_shift, name="end_shift"),
    path(f"{ON_CALL}history/", on_call.history, name="on_call_history"),
    path("monitoring/ladder/", on_call.ladders, name="ladders"),
    path("monitoring/ladder/<int:severity>/", on_call.ladder, name="ladder"),
    path("monitoring/budget/", budget.budget, name="budget"),
    path("monitoring/dangers/", dangers.dangers, name="dangers"),
    path("monitoring/sound/", dangers.sound, name="sound"),
    path("monitoring/time/", own_time.own_time, name="time"),
    path("monitoring/time/confirm/", own_time.attest, name="attest"),
    path("monitoring/time/<uuid:entry_id>/", own_time.correct, name="correct"),
]

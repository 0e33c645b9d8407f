"""The rows of the baseline that follows JupyterHealth Exchange, for the baselines' server alone."""

from typing import Any, ClassVar

from django.db import models


class CodeableConcept(models.Model):
    id = models.BigIntegerField(primary_key=True)
    coding_system = models.TextField()
    coding_code = models.TextField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label, managed, db_table = "readings", False, "bench_codeableconcept"


class ConsentedScope(models.Model):
    patient_number = models.BigIntegerField()
    concept = models.ForeignKey(CodeableConcept, on_delete=models.DO_NOTHING)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label, managed, db_table = "readings", False, "bench_consentedscope"


class OrmObservation(models.Model):
    patient_number = models.BigIntegerField()
    device_number = models.BigIntegerField()
    concept = models.ForeignKey(CodeableConcept, on_delete=models.DO_NOTHING)
    status = models.TextField()
    effective = models.DateTimeField()
    value = models.FloatField()
    body = models.JSONField()
    last_updated = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label, managed, db_table = "readings", False, "bench_ormobservation"


class OrmIdentifier(models.Model):
    observation = models.ForeignKey(OrmObservation, on_delete=models.DO_NOTHING)
    system = models.TextField()
    value = models.TextField()

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        app_label, managed, db_table = "readings", False, "bench_ormidentifier"

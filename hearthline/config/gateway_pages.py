"""The two pages that the gateway writes itself, in words, when nobody behind it can: no stylesheet, no database."""

from collections.abc import Mapping
from html import escape

RIGHT_TO_LEFT = {"ar"}
UNAVAILABLE = {
    "en": (
        "One moment, please",
        "A part of this service is starting again. What you saved before is safe.",
        "Wait a few seconds, then load this page again. Your last step may not have been saved: check it.",
        "If you need emergency help, call your local emergency number now.",
    ),
    "es": (
        "Un momento, por favor",
        "Una parte de este servicio se está reiniciando. Lo que guardó antes está a salvo.",
        "Espere unos segundos y vuelva a cargar la página. Compruebe si su último paso se guardó.",
        "Si necesita ayuda de emergencia, llame ahora al número de emergencias de su zona.",
    ),
    "ar": (
        "لحظة من فضلك",
        "جزء من هذه الخدمة يُعاد تشغيله الآن. ما حفظته من قبل في أمان.",
        "انتظر بضع ثوانٍ ثم حمّل هذه الصفحة من جديد، وتحقق من أن خطوتك الأخيرة قد حُفظت.",
        "إذا كنت بحاجة إلى مساعدة طارئة، فاتصل الآن برقم الطوارئ المحلي.",
    ),
}
TOO_LARGE = {
    "en": (
        "That is too large to send",
        "What you tried to send is larger than this service accepts, so nothing was saved.",
        "Go back and choose a smaller file, or send fewer files at a time.",
    ),
    "es": (
        "Es demasiado grande para enviarlo",
        "Lo que intentó enviar supera el tamaño que acepta este servicio; no se guardó nada.",
        "Vuelva atrás y elija un archivo más pequeño, o envíe menos archivos a la vez.",
    ),
    "ar": (
        "هذا أكبر من أن يُرسل",
        "ما حاولت إرساله أكبر مما تقبله هذه الخدمة، ولم يُحفظ أي شيء.",
        "ارجع واختر ملفًا أصغر، أو أرسل عددًا أقل من الملفات في كل مرة.",
    ),
}


def unavailable_page(accept_language: bytes) -> str:
    """Return the page for a process that does not answer now."""
    return _page(UNAVAILABLE, accept_language)


def too_large_page(accept_language: bytes) -> str:
    """Return the page for a body over the limit."""
    return _page(TOO_LARGE, accept_language)


def _page(texts: Mapping[str, tuple[str, ...]], accept_language: bytes) -> str:
    language = _language(accept_language, set(texts))
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    title, *lines = (escape(text) for text in texts[language])
    paragraphs = "".join(f"<p>{line}</p>" for line in lines)
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title></head>'
        f"<body><main><h1>{title}</h1>{paragraphs}</main></body></html>"
    )


def _language(accept_language: bytes, known: set[str]) -> str:
    for part in accept_language.decode("latin-1").split(","):
        language = part.split(";")[0].strip().lower().split("-")[0]
        if language in known:
            return language
    return "en"

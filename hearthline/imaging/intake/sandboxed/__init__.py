"""What runs in the sandbox's child on strangers' bytes: no Django, no database, nothing opened later.

Each module has ``examine(payload, *, kind) → (facts, parts)`` and raises ``Refusal(code)``; the codes have their
sentences in ``words.REFUSALS``. ``facts["forms"]`` names form and content type of each part.
"""

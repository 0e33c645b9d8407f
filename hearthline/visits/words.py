"""What the scripts of a visit say, in the reader's language; they get it as data with the page."""

from typing import Any

from django.utils.translation import gettext as _

from hearthline.visits.choices import ExaminationDevice


def room_words() -> dict[str, Any]:
    """Return the sentences of the call room."""
    return {
        "good": _("Good connection"),
        "weakHint": _("Weak connection. Press “Voice only” if the sound breaks up."),
        "voice": _("Voice only"),
        "switchedToVoice": _(
            "We switched to voice so that you can hear each other. The picture comes back by itself."
        ),
        "weakVoice": _("Weak connection. If you cannot hear each other, write, or go on by telephone."),
        "inText": _("You are writing. Nobody sees or hears you."),
        "onTelephone": _("On the telephone"),
        "lost": _("Connection lost. We are trying again, please stay."),
        "connecting": _("Connecting …"),
        "unreachable": _("The clinic cannot be reached at the moment. The call goes on; we keep trying."),
        "alone": _("You are alone in the visit."),
        "waitingFor": _("Waiting for others to come in."),
        "mute": _("Mute"),
        "muted": _("Muted"),
        "cameraOff": _("Camera is off"),
        "you": _("You"),
        "superseded": _("This visit is open in another tab or on another device. You can close this one."),
        "removed": _("You were taken out of this visit. Call the clinic if you think that is a mistake."),
        "ended": _("The visit has ended."),
        "signedOut": _("You were signed out, so the call ended here. Sign in and come back."),
        "expired": _("This page is too old. Load it again to come back."),
        "waits": _("%(name)s waits to come in"),
        "connectionLost": _("Connection lost"),
        "inVisit": _("In the visit"),
        "waiting": _("Waiting"),
        "byTelephone": _("By telephone, not end-to-end encrypted"),
        "denied": _(
            "This browser may not use your camera or microphone. Allow it in the address bar, then come back."
        ),
        "missing": _("No camera or microphone was found. You can listen and write."),
        "copied": _("The link is copied."),
        "sendFailed": _("This was not sent. Try again."),
        "clinicianHere": _("The clinician is here and will let you in."),
        "clinicianAway": _("The clinician knows that you are here."),
        **_words_of_people(),
        **_words_of_captions(),
    }


def _words_of_people() -> dict[str, Any]:
    return {
        "observerWaits": _("%(name)s would like to watch. Ask the patient first."),
        "observer": _("Observer"),
        "shares": _("%(name)s shows their screen."),
        "youShare": _("You show your screen. Everybody in the visit sees it."),
        "examines": _("%(name)s shows: %(device)s"),
        "devices": {value: str(label) for value, label in ExaminationDevice.choices},
        "notNow": _("A photo is not possible now."),
        "large": _("Large"),
        "byServer": _("By the clinic's server, not end-to-end encrypted"),
        "byBrowsers": _("From browser to browser again, encrypted from end to end."),
        "serverLost": _("The media server cannot be reached. The visit goes on from browser to browser."),
        "asideInside": _("You speak apart. The patient's side hears and sees nothing of it."),
        "asideOutside": _("The clinicians are talking for a moment; they will be back."),
        "apart": _("Speaks apart"),
        "takenOut": _("Taken out"),
        "leads": _("Leads the visit"),
        "pinned": _("Large for everybody"),
        "pinForAll": _("Large for everybody"),
        "unpin": _("No longer large for everybody"),
        "handOver": _("Hand over the visit"),
        "askAgain": _("Let come back"),
        "admitObserver": _("The patient agrees: let in"),
        "admit": _("Let in"),
        "putBack": _("Put back"),
        "hangUp": _("Hang up"),
        "remove": _("Take out"),
    }


def _words_of_captions() -> dict[str, str]:
    return {
        "captionsMachine": _("Captions made by a machine on this device. Not reviewed, not kept."),
        "captionsNone": _("This browser cannot make captions. Ask the others to write."),
        "captionsSends": _(
            "This browser would send the sound to its maker. We do not do that. Ask the others to write."
        ),
        "captionsLanguage": _("This device cannot make captions in this language. Ask the others to write."),
        "captionsDownload": _(
            "This device has no captions for this language yet. Add the language in the browser, "
            "or ask the others to write."
        ),
    }


def check_words() -> dict[str, str]:
    """Return the sentences of the device check."""
    return {
        "good": _("Works"),
        "attention": _("Needs a look"),
        "looking": _("Looking …"),
        "cameraDenied": _(
            "The camera is blocked. Press the camera sign in the address bar, choose “Allow”, then “Try again”."
        ),
        "cameraMissing": _("No camera was found. Plug one in, or go on by voice only."),
        "cameraBusy": _("Another program uses the camera. Close it, then “Try again”."),
        "microphoneDenied": _(
            "The microphone is blocked. Press the sign in the address bar, choose “Allow”, then “Try again”."
        ),
        "microphoneMissing": _("No microphone was found. Plug in a headset, or ask us to call you."),
        "microphoneBusy": _("Another program uses the microphone. Close it, then “Try again”."),
        "unsupported": _(
            "This browser cannot make video calls. Open the page in Chrome, Safari, Edge or Firefox."
        ),
        "speak": _("Say something: the bar moves with your voice."),
        "heard": _("We can hear you"),
        "inApp": _(
            "You opened this page inside another app, which often blocks the camera. Open it in your browser."
        ),
        "networkGood": _("Your internet connection is good for video."),
        "networkWeak": _("Your internet connection is weak. Voice will work; the picture may stop at times."),
        "networkFailed": _("We could not connect a test call. Try another network, or ask us to call you."),
        "networkNone": _("This clinic connects calls directly, so there was nothing to test."),
        "networkTcp": _("Your network blocks fast connections; we found a slower way."),
    }


def trouble_words() -> dict[str, str]:
    """Return the steps for whoever is not heard or seen, and what is known of either side."""
    return {
        "allow": _(
            "Press the sign beside the address, allow camera and microphone, then load the page again."
        ),
        "allowPhoneSafari": _(
            "Press “aA” beside the address, then “Website Settings”. Allow camera and microphone there."
        ),
        "allowFirefox": _(
            "Press the crossed-out sign beside the address and take the block away. Then load the page again."
        ),
        "allowSafari": _(
            "In the menu “Safari”, open “Settings for This Website”. Allow camera and microphone."
        ),
        "microphoneMissing": _("No microphone was found. Plug in a headset."),
        "microphoneBusy": _("Another program uses the microphone. Close it."),
        "cameraMissing": _("No camera was found. Go on by voice."),
        "cameraBusy": _("Another program uses the camera. Close it."),
        "unmute": _("You are muted. Press “Mute” once more."),
        "rightMicrophone": _("Speak close to the device. If a headset is plugged in, unplug it and try."),
        "theirSpeaker": _("Ask the other person to turn their sound up."),
        "again": _("If that does not help, load this page again. You come straight back in."),
        "weakLine": _("The line is too weak for the picture. It comes back by itself."),
        "cameraOn": _("Your camera is off. Press “Camera”."),
        "cover": _("Look if something covers the camera."),
        "askUnmute": _("The other person is muted. Write to them: “Please unmute.”"),
        "askCamera": _("The other person has the camera off. Write to them."),
        "volume": _("Turn the sound of your device up."),
        "headset": _("Unplug the headset, or plug one in."),
        "fine": _("Nothing wrong is known."),
        "youMuted": _("You are muted."),
        "nobody": _("Nobody else is here."),
        "theirLost": _("Their line is broken. We keep trying."),
        "theirMuted": _("They are muted."),
        "theirCameraOff": _("Their camera is off."),
        "their_permission": _("Their browser blocks the camera or microphone."),
        "their_device": _("Their camera or microphone is missing or in use."),
        "their_signalling": _("Their internet was away for a moment."),
        "their_ice": _("Their connection broke and is tried again."),
        "their_turn": _("Their network blocks the way we need."),
        "their_stall": _("They are connected, but no sound came."),
    }

"""The parts of one's own page that say how one likes it. Each saves by itself, and says that it did."""

from copy import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tessera.accounts.models import User
from tessera.desk.access import own
from tessera.desk.forms.me import LooksForm, MailsForm, PartForm, SignatureForm
from tessera.desk.views.account import you

_NO_CONTENT, _BAD_REQUEST = 204, 400


@require_POST
@login_required
@never_cache
def looks(request: HttpRequest) -> HttpResponse:
    """Theme and density."""
    return _saved(request, LooksForm, "looks")


@require_POST
@login_required
@never_cache
def signature(request: HttpRequest) -> HttpResponse:
    """What stands below one's replies."""
    return _saved(request, SignatureForm, "signature")


@require_POST
@login_required
@never_cache
def mails(request: HttpRequest) -> HttpResponse:
    """Which mails one does without."""
    return _saved(request, MailsForm, "mails")


@require_POST
@login_required
@never_cache
def theme(request: HttpRequest) -> HttpResponse:
    """The theme alone, from the switch at the top of every page."""
    user, chosen = own(request), request.POST.get("theme", "")
    if chosen not in User.Theme.values:
        return HttpResponse(status=_BAD_REQUEST)
    User.objects.filter(pk=user.pk).update(theme=chosen)
    return HttpResponse(status=_NO_CONTENT)


def _saved(request: HttpRequest, form_class: type[PartForm], part: str) -> HttpResponse:
    """Save one part; where it can't be, the page with what is wrong."""
    # A copy: what the form is given wrong must not be shown as the user's own.
    form = form_class(request.POST, instance=copy(own(request)))
    if not form.is_valid():
        return you(request, **{part: form})
    form.save()
    messages.success(request, _("Saved."), extra_tags=part)
    return redirect(f"{reverse('account')}#{part}")

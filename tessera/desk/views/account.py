"""One's own name, password and API tokens."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tessera.accounts import audit
from tessera.accounts import tokens as keys
from tessera.accounts.models import ApiToken, User
from tessera.accounts.snapshots import snapshot
from tessera.desk.access import own
from tessera.desk.forms.account import ProfileForm, TokenForm
from tessera.desk.forms.me import LooksForm, MailsForm, SignatureForm
from tessera.desk.forms.session import OwnPasswordForm
from tessera.desk.language import wanted
from tessera.desk.views.session import paced
from tessera.lib import clock
from tessera.lib.errors import LimitReached
from tessera.lib.values import MAX_ID

_SHOWN = 200
_read_or_write = require_http_methods(["GET", "HEAD", "POST"])


@_read_or_write
@login_required
@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    """Name, time zone and language; the page has a form for each other part too."""
    user = own(request)
    before = snapshot(user)
    # A copy: what the form is given wrong must not be shown as the user's own.
    form = ProfileForm(request.POST or None, instance=copy(user))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            audit.changed(saved, before, actor=user)
        with translation.override(wanted(request, saved)):
            messages.success(request, _("Saved."), extra_tags="profile")
        return redirect("account")
    return you(request, profile=form)


@require_POST
@login_required
@never_cache
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """Another password: every other login of the user ends, this one stays."""
    user = own(request)
    if not user.has_usable_password():
        raise Http404
    form = OwnPasswordForm(user, request.POST)
    if not form.is_valid():
        return paced(you(request, password=form), form)
    with transaction.atomic():
        form.save()
        audit.note("password_changed", actor=user, subject=user, facts={"way": "page"})
    update_session_auth_hash(request, user)
    messages.success(request, _("Your password is changed."), extra_tags="password")
    return redirect(f"{reverse('account')}#password")


@_read_or_write
@login_required
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """One's API tokens; a POST makes one, and its answer alone shows the key."""
    user = own(request)
    form = TokenForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                token, key = keys.issue(user, actor=user, **form.cleaned_data)
        except LimitReached as refusal:
            form.add_error(None, str(refusal.detail))
            status = refusal.status
        else:
            # No redirect: the key would have to lie somewhere until it is fetched.
            context = {"tab": "tokens", "token": token, "key": key}
            return render(request, "desk/account/token_made.html", context)
    found = list(user.tokens.all()[: _SHOWN + 1])
    for token in found:
        token.past = token.expires_at is not None and token.expires_at <= clock.now()  # type: ignore[attr-defined]  # for the page
    context = {
        "tab": "tokens",
        "form": form,
        "tokens": found[:_SHOWN],
        "more": len(found) > _SHOWN,
    }
    return render(request, "desk/account/tokens.html", context, status=status)


@_read_or_write
@login_required
@never_cache
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Asks whether to revoke a token, and does it by POST."""
    user = own(request)
    with transaction.atomic():
        token = _token_of(user, number)
        if request.method != "POST":
            context = {"tab": "tokens", "token": token}
            return render(request, "desk/account/token_revoke.html", context)
        keys.revoke(token, actor=user)
    messages.success(request, _("The token is revoked."))
    return redirect("account-tokens")


def _token_of(user: User, number: int) -> ApiToken:
    found = user.tokens.select_for_update().filter(pk=number).first() if number <= MAX_ID else None
    if found is None:
        raise Http404
    return found


def you(request: HttpRequest, **forms: Any) -> HttpResponse:
    """The page with all its forms, one of them perhaps with faults."""
    user = own(request)
    context = {
        "tab": "you",
        "profile": ProfileForm(instance=user),
        "looks": LooksForm(instance=user),
        "signature": SignatureForm(instance=user),
        "mails": MailsForm(instance=user),
        "password": OwnPasswordForm(user) if user.has_usable_password() else None,
    }
    return render(request, "desk/account/you.html", context | forms)

"""Coming in by a link that is mailed."""

from typing import Any

from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods
from django.views.generic import FormView, TemplateView

from tessera.accounts import links, login
from tessera.desk import publishing, tasks
from tessera.desk.forms.portal import LinkForm
from tessera.desk.landing import landing
from tessera.desk.views.session import paced
from tessera.lib.errors import Throttled


@method_decorator(never_cache, name="dispatch")
class Asked(FormView[LinkForm]):
    """Who asks gets one answer, in the same time, whether anybody has that address."""

    template_name = "desk/session/link.html"
    form_class = LinkForm
    success_url = reverse_lazy("portal-link-sent")

    def form_valid(self, form: LinkForm) -> HttpResponse:
        """A worker writes the mail; for an address that nobody has it finds nothing to do."""
        try:
            user_id = links.ERRAND.ask(form.cleaned_data["email"])
        except Throttled as refusal:
            form.add_error(None, form.refuse(refusal))
            return paced(self.form_invalid(form), form)
        publishing.send(tasks.send_login_link, user_id)
        return super().form_valid(form)


class Sent(TemplateView):
    """What happens now."""

    template_name = "desk/session/link_sent.html"
    extra_context: Any = {"minutes": int(links.LIFE.total_seconds()) // 60}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_variables("key")
def use(request: HttpRequest, key: str) -> HttpResponse:
    """The page that a link leads to: it lets nobody in by being looked at, as mail scanners do, but by its button."""
    if request.method != "POST":
        return render(request, "desk/session/link_use.html", {"holder": links.holder(key)})
    user = links.use(key)
    if user is None:
        return render(request, "desk/session/link_use.html", {"holder": None})
    auth.login(request, user)
    response = redirect(landing(user))
    login.arrived(user, response, request, way="link")
    return response

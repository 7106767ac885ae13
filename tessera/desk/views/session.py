"""Coming in and going out."""

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse

from tessera.accounts import audit, login
from tessera.accounts.api import end_cookie_login
from tessera.accounts.models import User
from tessera.desk.forms.session import LoginForm, Paced
from tessera.desk.landing import arrival


def paced(response: HttpResponse, form: Any) -> HttpResponse:
    """The page of a form that was refused: 429, with when to come back, where that is for too many tries."""
    if isinstance(form, Paced) and form.refusal is not None:
        response.status_code = form.refusal.status
        response["Retry-After"] = str(form.refusal.wait)
    return response


class Login(LoginView):
    """The one way in, for the pages and the administration alike."""

    template_name = "desk/login.html"
    authentication_form = LoginForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Who is logged in but was sent here may not open what he asked for: the page says so."""
        refused = self.request.user.is_authenticated and self.get_redirect_url()
        return super().get_context_data(**kwargs) | {"refused": refused}

    def form_valid(self, form: Any) -> HttpResponse:
        """He is in, and his device is known from now on."""
        response = super().form_valid(form)
        login.arrived(form.get_user(), response, self.request, way="page")
        return response

    def get_success_url(self) -> str:
        """Where he wanted to go, else where he belongs."""
        user = self.request.user
        wanted = self.get_redirect_url()
        return arrival(user, wanted) if isinstance(user, User) else wanted

    def form_invalid(self, form: Any) -> HttpResponse:
        """The page again."""
        return paced(super().form_invalid(form), form)


class Logout(LogoutView):
    """By POST alone. A login by cookies in the same browser ends with it."""

    next_page = "login"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Out."""
        if isinstance(request.user, User):
            audit.note("logout", actor=request.user, subject=request.user, facts={"way": "page"})
        response = super().post(request, *args, **kwargs)
        end_cookie_login(request, response)
        return response

"""Coming in and going out."""

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView


class Login(LoginView):
    """The one way in, for the pages and the administration alike."""

    template_name = "desk/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Who is logged in but was sent here may not open what he asked for: the page says so."""
        refused = self.request.user.is_authenticated and self.get_redirect_url()
        return super().get_context_data(**kwargs) | {"refused": refused}


class Logout(LogoutView):
    """By POST alone."""

    next_page = "login"

"""The paths of the pages."""

from django.urls import path
from django.views.generic import RedirectView

from tessera.desk.views import session, tickets

urlpatterns = [
    path("", tickets.index, name="index"),
    path("tickets/<str:key>", tickets.ticket, name="ticket"),
    path("login", session.Login.as_view(), name="login"),
    path("logout", session.Logout.as_view(), name="logout"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
]

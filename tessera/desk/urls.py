"""The paths of the pages."""

from django.urls import path
from django.views.generic import RedirectView

from tessera.desk.views import (
    account,
    bulk,
    kept,
    lists,
    new,
    reset,
    session,
    sides,
    tickets,
    why,
    writing,
)

urlpatterns = [
    path("", lists.index, name="index"),
    path("search", lists.search, name="search"),
    path("bulk", bulk.change, name="bulk-change"),
    path("bulk/<int:number>", bulk.shown, name="bulk"),
    path("bulk/<int:number>/<str:name>", bulk.act, name="bulk-act"),
    path("views/counts", lists.counts, name="view-counts"),
    path("views/new", kept.new, name="view-new"),
    path("views/<int:number>/edit", kept.edit, name="view-edit"),
    path("views/<int:number>/delete", kept.delete, name="view-delete"),
    path("tickets/new", new.new, name="ticket-new"),
    path("tickets/<str:key>", tickets.ticket, name="ticket"),
    path("tickets/<str:key>/write", writing.write, name="ticket-write"),
    path("tickets/<str:key>/preview", writing.preview, name="ticket-preview"),
    path("tickets/<str:key>/take", writing.take, name="ticket-take"),
    path("tickets/<str:key>/edit/<str:name>", sides.edit, name="ticket-edit"),
    path("tickets/<str:key>/why/<int:seq>", why.why, name="ticket-why"),
    path("login", session.Login.as_view(), name="login"),
    path("logout", session.Logout.as_view(), name="logout"),
    path("password-reset", reset.Asked.as_view(), name="password_reset"),
    path("password-reset/sent", reset.Sent.as_view(), name="password_reset_done"),
    path("password-reset/done", reset.Done.as_view(), name="password_reset_complete"),
    path(
        "password-reset/<str:uidb64>/<str:token>",
        reset.Chosen.as_view(),
        name="password_reset_confirm",
    ),
    path("account", account.profile, name="account"),
    path("account/password", account.password, name="account-password"),
    path("account/tokens", account.tokens, name="account-tokens"),
    path("account/tokens/<int:number>/revoke", account.revoke, name="account-token-revoke"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
]

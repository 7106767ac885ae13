"""Every path of the site."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from tessera.metrics import MetricsView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tessera.api")),
    path("", include("tessera.desk.urls")),
    path("admin/", admin.site.urls),
    path("metrics", MetricsView.as_view(), name="metrics"),
]

handler400 = "tessera.lib.api.errors.bad_request"
handler403 = "tessera.lib.api.errors.permission_denied"
handler404 = "tessera.lib.api.errors.page_not_found"
handler500 = "tessera.lib.api.errors.server_error"

"""The rows of the command palette."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tessera.desk.access import own, reader
from tessera.desk.palette import offered
from tessera.desk.palette.shape import Asked


@require_safe
@login_required
@never_cache
def rows(request: HttpRequest) -> HttpResponse:
    """What fits what is typed, for who is on the page that the address names."""
    actor, user = reader(request), own(request)

    def may_see(app: str, model: str) -> bool:
        return user.is_staff and user.has_perm(f"{app}.view_{model}")

    found = offered(Asked.read(request.GET), actor, staff_of=may_see)
    return render(request, "desk/palette/rows.html", {"palette": found})

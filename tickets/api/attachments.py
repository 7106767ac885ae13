"""/api/attachments."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.http import FileResponse, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.lib.api.errors import MediaTypeRefused, TooLarge
from tessera.lib.api.parsing import MultiPartParser
from tessera.lib.api.views import id_of
from tessera.lib.errors import Invalid, NotFound
from tickets import access, files, thumbnails
from tickets.api.base import RightfulViewSet
from tickets.models import Attachment

# Should a browser show it after all, it may do nothing there.
_HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class UploadBody(serializers.Serializer[Attachment]):
    """One file."""

    file = serializers.FileField()


class AttachmentBody(serializers.ModelSerializer[Attachment]):
    """A file that a message has or will have."""

    class Meta:
        model = Attachment
        fields = ("id", "filename", "content_type", "size", "sha256")
        read_only_fields = fields


class AttachmentViewSet(RightfulViewSet):
    """Files."""

    parser_classes = (MultiPartParser,)

    @extend_schema(request={"multipart/form-data": UploadBody}, responses={201: AttachmentBody})
    def create(self, request: Request) -> Response:
        """Upload one file, as `file`. Until a message takes it only its creator sees it."""
        uploads = uploads_of(request, files_in="file", fields=())
        if len(uploads) != 1:
            raise Invalid({"file": [_("must be one file")]})
        attachment = files.keep(uploads[0], creator_id=self.user.pk)
        return Response(AttachmentBody(attachment).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "*/*"): OpenApiTypes.BINARY})
    def retrieve(self, request: Request, id: str) -> FileResponse:
        """Download. Never shown in the browser: it could be a page with a script."""
        attachment = self._visible(id_of(id))
        return FileResponse(
            files.open_content(attachment),
            as_attachment=True,
            filename=attachment.filename,
            content_type=attachment.content_type,
            headers={**_HARMLESS, "Cache-Control": "private, no-cache"},
        )

    @extend_schema(responses={(200, thumbnails.CONTENT_TYPE): OpenApiTypes.BINARY, 204: None})
    @action(detail=True, methods=["get"])
    def thumbnail(self, request: Request, id: str) -> HttpResponse:
        """A small picture of a GIF, JPEG, PNG or WebP, drawn anew: at most 320 by 240. 204 where it can't be drawn, 404
        for other files."""
        attachment = self._visible(id_of(id))
        picture = thumbnails.of(attachment)
        # The content of a file never changes; who may see it does.
        headers = {**_HARMLESS, "Cache-Control": "private, max-age=3600"}
        if not picture:
            return HttpResponse(status=status.HTTP_204_NO_CONTENT, headers=headers)
        return HttpResponse(picture, content_type=thumbnails.CONTENT_TYPE, headers=headers)

    def _visible(self, attachment_id: int) -> Attachment:
        """Through the right: that to the message it belongs to, or being its creator."""
        found = Attachment.objects.filter(self._seen(), pk=attachment_id).first()
        if found is None:
            raise NotFound(_("There is no such file."))
        return found

    def _seen(self) -> Q:
        """In one statement, whether there is such a file or not: how long the answer takes tells nothing."""
        shown = access.visible_to(self.actor).order_by()
        internal = access.visible_to(self.actor, "ShowTicketComments").order_by()
        waiting = Q(message=None, creator=self.user)
        said = Q(message__ticket__in=shown)
        return waiting | said & (Q(message__internal=False) | Q(message__ticket__in=internal))


def uploads_of(
    request: Request, *, files_in: str, fields: tuple[str, ...]
) -> "list[UploadedFile[Any]]":
    """The files of a form, which may have these text fields besides. Raises Invalid, TooLarge."""
    if not isinstance(request.data, QueryDict):
        raise MediaTypeRefused(_("Send multipart/form-data."))
    errors = {name[:100]: [_("is no field of this")] for name in request.POST if name not in fields}
    if files_in in request.POST:
        errors[files_in] = [_("must be a file")]
    for name in request.FILES:
        if name != files_in:
            errors[name[:100]] = [_("takes no file")]
    if errors:
        raise Invalid(errors)
    uploads: list[UploadedFile[Any]] = request.FILES.getlist(files_in)
    limit = settings.TESSERA_MAX_UPLOAD
    if any((upload.size or 0) > limit for upload in uploads):
        raise TooLarge(_("A file is larger than %(limit)d bytes.") % {"limit": limit})
    return uploads

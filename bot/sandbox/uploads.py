"""Files in both directions: what the bot sends, what people send, and how the bot fetches it."""

import hashlib
import struct

from .calls import Json, Params, Upload, bad
from .doors import door
from .methods import Method, caption_content, deliver, editable, rewrite
from .world import StoredFile, World


def store(world: World, upload: Upload, folder: str) -> StoredFile:
    """Keep the bytes in memory; every upload has an id of its own, the same bytes share the unique id."""
    unique = hashlib.sha256(upload.data).hexdigest()[:16]
    number = len(world.files) + 1
    path = f"{folder}/file_{number}{_suffix(upload.name)}"
    file = StoredFile(f"SANDBOX{number:06d}{unique}", unique, path, upload.name, upload.mime, upload.data)
    world.files[file.file_id] = file
    return file


def shape_of(file: StoredFile, kind: str) -> Json:
    """The part of a message that holds a file of this kind: document, photo or video."""
    if kind == "photo":
        width, height = _size(file.data)
        return {"photo": [{**_file_shape(file), "width": width, "height": height}]}
    if kind == "video":
        return {"video": {**document_shape(file), "width": 640, "height": 360, "duration": 1}}
    return {"document": document_shape(file)}


def document_shape(file: StoredFile) -> Json:
    return {**_file_shape(file), "file_name": file.name, "mime_type": file.mime}


def _sender(kind: str) -> Method:
    """The method that sends a file of this kind."""

    def send(world: World, params: Params) -> Json:
        content = caption_content(world, params)
        chat = door(world, params)
        file = _wanted(world, params, kind, f"{kind}s")
        return deliver(world, chat, params, {**shape_of(file, kind), **content})

    return send


def edit_media(world: World, params: Params) -> Json:
    """Another picture, with its caption, in the place of the one that a message has."""
    media = params.parsed("media") or {}
    if media.get("type") != "photo":
        raise bad("unsupported media type")  # nothing else is ever edited by this bot
    given = Params({**media, "photo": media.get("media")}, params.files)
    content = caption_content(world, given)
    chat, old = editable(world, params)
    if "photo" not in old:
        raise bad("there is no media in the message to edit")
    shape = shape_of(_wanted(world, given, "photo", "photos"), "photo")
    return rewrite(world, chat, params, old, {"photo", "caption", "caption_entities"}, {**shape, **content})


def get_file(world: World, params: Params) -> Json:
    file = world.files.get(params.word("file_id") or "")
    if file is None:
        raise bad("invalid file_id")
    return {**_file_shape(file), "file_path": file.path}


def _wanted(world: World, params: Params, field: str, folder: str) -> StoredFile:
    """A file part of that name, a part it points to with attach://, or a file that is known already."""
    reference = params.word(field) or ""
    name = reference.removeprefix("attach://") if reference.startswith("attach://") else field
    if name in params.files:
        upload = params.files[name]
        if not upload.data:
            raise bad("file must be non-empty")
        return store(world, upload, folder)
    if not reference:
        raise bad(f"there is no {field} in the request")
    if reference not in world.files:
        raise bad("wrong file identifier/HTTP URL specified")
    # A file that is known already is sent again only as what it was, as in life.
    if not world.files[reference].path.startswith(f"{folder}/"):
        raise bad("type of file mismatch")
    return world.files[reference]


def _file_shape(file: StoredFile) -> Json:
    return {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": len(file.data)}


def _suffix(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f".{ending}" if stem and dot and ending.isalnum() else ""


def _size(data: bytes) -> tuple[int, int]:
    """The size of a PNG; other pictures get a likely one, since nothing here decodes them."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    return 800, 600


FILES: dict[str, Method] = {
    "sendDocument": _sender("document"),
    "sendPhoto": _sender("photo"),
    "sendVideo": _sender("video"),
    "editMessageMedia": edit_media,
    "getFile": get_file,
}

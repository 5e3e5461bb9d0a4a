"""Files in both directions: what the bot sends, what people send, and how the bot fetches it."""

import hashlib
import struct

from .calls import Json, Params, Upload, bad
from .doors import door
from .methods import Method, caption_content, deliver
from .world import StoredFile, World


def store(world: World, upload: Upload, folder: str) -> StoredFile:
    """Keep the bytes in memory; every upload has an id of its own, the same bytes share the unique id."""
    unique = hashlib.sha256(upload.data).hexdigest()[:16]
    number = len(world.files) + 1
    path = f"{folder}/file_{number}{_suffix(upload.name)}"
    file = StoredFile(f"SANDBOX{number:06d}{unique}", unique, path, upload.name, upload.mime, upload.data)
    world.files[file.file_id] = file
    return file


def document_shape(file: StoredFile) -> Json:
    return {**_file_shape(file), "file_name": file.name, "mime_type": file.mime}


def send_document(world: World, params: Params) -> Json:
    content = caption_content(world, params)
    chat = door(world, params)
    file = _wanted(world, params, "document", "documents")
    return deliver(world, chat, params, {"document": document_shape(file), **content})


def send_photo(world: World, params: Params) -> Json:
    content = caption_content(world, params)
    chat = door(world, params)
    file = _wanted(world, params, "photo", "photos")
    width, height = _size(file.data)
    photo = {**_file_shape(file), "width": width, "height": height}
    return deliver(world, chat, params, {"photo": [photo], **content})


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


FILES: dict[str, Method] = {"sendDocument": send_document, "sendPhoto": send_photo, "getFile": get_file}

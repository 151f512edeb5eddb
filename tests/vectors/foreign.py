"""Makes foreign.json: objects as other writers left them behind, from what their sources and public reports tell.

    python3 foreign.py > foreign.json

Keys, IVs and contents are made from names, so that it always makes the same bytes. It shares no line with the engine.
"""
import hashlib
import json
from base64 import b64encode

from cryptography.hazmat.primitives import keywrap, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ARN = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000"
GCM, CBC = "AES/GCM/NoPadding", "AES/CBC/PKCS5Padding"
PLAINTEXT = b"left behind by another writer\n"


def made(name, length):
    return hashlib.sha256(name.encode()).digest()[:length]


def b64(data):
    return b64encode(data).decode()


def pkcs7(data):
    padder = padding.PKCS7(128).padder()
    return padder.update(data) + padder.finalize()


def block_cipher(key, mode, data):
    encryptor = Cipher(algorithms.AES(key), mode).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def cbc(key, iv):
    return block_cipher(key, modes.CBC(iv), pkcs7(PLAINTEXT))


def ecb(wrapping_key, key):
    return block_cipher(wrapping_key, modes.ECB(), pkcs7(key))


def gcm_wrap(wrapping_key, key, algorithm):
    iv = made("wrapping iv", 12)
    return iv + AESGCM(wrapping_key).encrypt(iv, key, algorithm.encode())


def vector(name, body, metadata, *, legacy="None", expect="read", wrapping_key=None, kms=None, instructions=None):
    item = {"name": name, "expect": expect, "legacy_modes": legacy, "stored_body_b64": b64(body), "user_metadata": metadata}
    if expect == "read":
        item["plaintext_sha256"] = hashlib.sha256(PLAINTEXT).hexdigest()
    if wrapping_key:
        item["wrapping_key"] = {"keyB64": b64(wrapping_key)}
    if kms:
        item["kms"] = kms
    if instructions is not None:
        item["instruction_key"] = f"{name}.instruction"
        item["instruction_body_b64"] = b64(json.dumps(instructions).encode())
    return item


def v1(name, matdesc, length=32, **more):
    key, iv, wrapping_key = made(name, length), made("iv of " + name, 16), made("wrapping " + name, length)
    metadata = {"x-amz-key": b64(ecb(wrapping_key, key)), "x-amz-iv": b64(iv)}
    if matdesc is not None:
        metadata["x-amz-matdesc"] = matdesc
    legacy = "Wrapping, Content" + (", Aes128" if length == 16 else "")
    return vector(name, cbc(key, iv), metadata, legacy=legacy, wrapping_key=wrapping_key, **more)


def v2_raw(name, wrap_alg, wrapped, body, iv, algorithm, **extra):
    return {
        "x-amz-key-v2": b64(wrapped), "x-amz-iv": b64(iv), "x-amz-matdesc": "{}", "x-amz-wrap-alg": wrap_alg,
        "x-amz-cek-alg": algorithm, **extra}


def v2_kms(name, wrap_alg, context, length=32, caller=None, **more):
    key, iv, blob = made(name, length), made("iv of " + name, 12), made("blob of " + name, 32)
    metadata = v2_raw(name, wrap_alg, blob, None, iv, GCM, **{"x-amz-tag-len": "128"})
    metadata["x-amz-matdesc"] = json.dumps(context)
    kms = {"key_arn": ARN, "ciphertext_blob_b64": b64(blob), "plaintext_data_key_b64": b64(key), "encryption_context": context}
    if caller is not None:
        kms["caller_encryption_context"] = caller
    return vector(name, AESGCM(key).encrypt(iv, PLAINTEXT, None), metadata, kms=kms, **more)


def v2_aes(name, length=32, wrap="AES/GCM", in_file=None, **more):
    key, iv, wrapping_key = made(name, length), made("iv of " + name, 12), made("wrapping " + name, 32)
    wrapped = gcm_wrap(wrapping_key, key, GCM) if wrap == "AES/GCM" else keywrap.aes_key_wrap(wrapping_key, key)
    metadata = v2_raw(name, wrap, wrapped, None, iv, GCM, **(in_file or {"x-amz-tag-len": "128"}))
    body = AESGCM(key).encrypt(iv, PLAINTEXT, None)
    return vector(
        name, body, {} if in_file else metadata, wrapping_key=wrapping_key, instructions=metadata if in_file else None, **more)


def v2_cbc(name, tag_length, **more):
    key, iv, wrapping_key = made(name, 32), made("iv of " + name, 16), made("wrapping " + name, 32)
    metadata = v2_raw(name, "AESWrap", keywrap.aes_key_wrap(wrapping_key, key), None, iv, CBC, **{"x-amz-tag-len": tag_length})
    return vector(name, cbc(key, iv), metadata, legacy="Wrapping, Content", wrapping_key=wrapping_key, **more)


def v3_aes(name, length=32, body=None, in_file=None, **more):
    wrapping_key = made("wrapping " + name, 32)
    on_object = {"x-amz-c": "115", "x-amz-d": b64(made("d" + name, 28)), "x-amz-i": b64(made("i" + name, 28))}
    rest = {"x-amz-3": b64(gcm_wrap(wrapping_key, made(name, length), "115")), "x-amz-w": "02", "x-amz-m": "{}"}
    return vector(
        name, made("body of " + name, 32) if body is None else body, on_object if in_file else {**on_object, **rest},
        wrapping_key=wrapping_key, instructions={**rest, **in_file} if in_file else None, **more)


NUMBERS = {"x-amz-tag-len": 128, "x-amz-unencrypted-content-length": len(PLAINTEXT)}
TEXT = {"x-amz-tag-len": "128", "x-amz-unencrypted-content-length": str(len(PLAINTEXT))}
OWN = {"kms_cmk_id": "alias/theirs", "fileId": "42"}
BOUND = {"aws:x-amz-cek-alg": GCM}

VECTORS = [
    v2_cbc("cpp-cbc-tag-len-0", "0"),
    v2_cbc("cbc-tag-len-128", "128", expect="EnvelopeInvalid"),
    v1("v1-without-matdesc", None),
    v1("v1-empty-matdesc", ""),
    v1("v1-matdesc-of-numbers", '{"smkId":1,"more":{"a":[]}}'),
    v1("v1-matdesc-no-json", "{smkId", expect="EnvelopeInvalid"),
    v1("v1-aes-128", '{"queryId":"q","smkId":"1","keySize":"128"}', 16),
    v2_aes("aes-gcm-128", 16, legacy="Aes128"),
    v2_aes("aeswrap-128", 16, "AESWrap", legacy="Wrapping, Aes128"),
    v2_kms("php-kms-context-128", "kms+context", BOUND, 16, legacy="Aes128"),
    v2_kms("php-kms-128", "kms", {"kms_cmk_id": ARN}, 16, legacy="Wrapping, Aes128"),
    v2_kms("kms-own-pairs", "kms", OWN, legacy="Wrapping"),
    v2_kms("kms-own-pairs-given", "kms", OWN, caller={"fileId": "42"}, legacy="Wrapping"),
    v2_kms("kms-own-pairs-others", "kms", OWN, caller={"fileId": "43"}, legacy="Wrapping", expect="ContextMismatch"),
    v2_kms("ses-pairs", "kms", {"kms_cmk_id": ARN, "aws:ses-message-id": "1", "aws:ses-rule-name": "r"}, legacy="Wrapping"),
    v2_kms("kms-relabelled", "kms", {"kms_cmk_id": ARN, **BOUND}, legacy="Wrapping", expect="EnvelopeInvalid"),
    v2_aes("php-instruction-file-numbers", in_file=NUMBERS),
    v2_aes("php-instruction-file-text", in_file=TEXT),
    v2_aes("instruction-file-tag-len-96", in_file={**NUMBERS, "x-amz-tag-len": 96}, expect="EnvelopeInvalid"),
    v3_aes("v3-instruction-file-numbers", in_file={"x-amz-unencrypted-content-length": 30}, expect="EnvelopeInvalid"),
    v3_aes("v3-data-key-128", 16, expect="WrappedKeyInvalid"),
    v3_aes("v3-without-body", body=b"", expect="EnvelopeInvalid"),
]

print(json.dumps({"vectors": VECTORS}, indent=1))

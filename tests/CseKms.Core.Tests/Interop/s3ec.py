"""A small reader and writer of the Amazon S3 Encryption Client's V2 and V3 objects under KMS, written from the format's
description alone: what it and the engine read of each other is the format, and not a mistake that both share.

    s3ec.py get <endpoint> <bucket> <key> <kms key arn> <context json>            writes the plaintext to standard output
    s3ec.py put <endpoint> <bucket> <key> <kms key arn> <context json> <V2|V3>    stores what standard input gives

Credentials and region come from the environment. A refusal is one line on standard error, and exit code 1.
"""
import base64
import hmac
import io
import json
import os
import sys

import boto3
from botocore.config import Config
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

TAG = 16
SUITE_ID = bytes.fromhex("0073")
ALGORITHM_PAIR = "aws:x-amz-cek-alg"
RESERVED_PAIRS = {ALGORITHM_PAIR, "kms_cmk_id"}
CONTENT_ALGORITHM = {"V2": "AES/GCM/NoPadding", "V3": "115"}
REQUIRED = {
    "V2": {"x-amz-key-v2", "x-amz-iv", "x-amz-cek-alg", "x-amz-wrap-alg"},
    "V3": {"x-amz-c", "x-amz-3", "x-amz-w", "x-amz-d", "x-amz-i"},
}
OWN = {
    "V1": {"x-amz-key"},
    "V2": {"x-amz-key-v2", "x-amz-wrap-alg", "x-amz-cek-alg", "x-amz-tag-len"},
    "V3": REQUIRED["V3"] | {"x-amz-t", "x-amz-m"},
}
SHARED = {"x-amz-iv", "x-amz-matdesc", "x-amz-unencrypted-content-length"}  # of V1 and V2


class Refused(Exception):
    pass


def require(condition, why):
    if not condition:
        raise Refused(why)


def unbase64(text, length=None):
    data = base64.b64decode(text, validate=True)
    require(length is None or (len(data) == length and any(data)), f"{length} bytes, not all zero, were expected")
    return data


def parse_context(text):
    def unique(pairs):
        require(len({name for name, _ in pairs}) == len(pairs), "context: a name stands twice")
        return dict(pairs)

    context = json.loads(text, object_pairs_hook=unique)
    require(isinstance(context, dict) and all(isinstance(v, str) for v in context.values()), "context: not a map of strings")
    return context


def derive(data_key, message_id):
    """Commitment and content key of V3."""
    prk = hmac.digest(message_id, data_key, "sha512")
    expand = lambda label, length: HKDFExpand(hashes.SHA512(), length, SUITE_ID + label).derive(prk)
    return expand(b"COMMITKEY", 28), expand(b"DERIVEKEY", 32)


def version_of(envelope):
    found = [version for version, names in OWN.items() if names & envelope.keys()]
    require(found, "not encrypted")
    require(len(found) == 1, "envelope: keys of two versions")
    require(found[0] in REQUIRED, "version: V1 is not read")
    require(found[0] == "V2" or not SHARED & envelope.keys(), "envelope: keys of two versions")
    require(REQUIRED[found[0]] <= envelope.keys(), "envelope: incomplete")
    return found[0]


def decrypt(envelope, body, kms, key_arn, expected):
    version = version_of(envelope)
    is_v3 = version == "V3"
    algorithm, wrap, key, context = (
        envelope.get(name)
        for name in (("x-amz-c", "x-amz-w", "x-amz-3", "x-amz-t") if is_v3 else ("x-amz-cek-alg", "x-amz-wrap-alg", "x-amz-key-v2", "x-amz-matdesc")))
    require(algorithm == CONTENT_ALGORITHM[version], f"algorithm: {algorithm}")
    require(wrap == ("12" if is_v3 else "kms+context"), f"wrapping: {wrap}")
    require(is_v3 or envelope.get("x-amz-tag-len", "128") == "128", "tag length")
    nonce = unbase64(envelope["x-amz-i" if is_v3 else "x-amz-iv"], 28 if is_v3 else 12)
    stored = parse_context(context or "{}")
    require(stored.get(ALGORITHM_PAIR) == algorithm, "context: not bound to the content algorithm")
    require({n: v for n, v in stored.items() if n not in RESERVED_PAIRS} == expected, "context: not the expected one")
    require(len(body) >= TAG, "tag: none")

    data_key = kms.decrypt(KeyId=key_arn, CiphertextBlob=unbase64(key), EncryptionContext=stored)["Plaintext"]
    require(len(data_key) == 32, "data key: not 32 bytes")
    aad = None
    if is_v3:
        stored_commitment = unbase64(envelope["x-amz-d"], 28)
        commitment, data_key = derive(data_key, nonce)
        require(hmac.compare_digest(commitment, stored_commitment), "commitment: another key")
        nonce, aad = b"\x01" * 12, SUITE_ID
    try:
        return AESGCM(data_key).decrypt(nonce, body, aad)
    except InvalidTag:
        raise Refused("tag: wrong") from None


def encrypt(version, plaintext, kms, key_arn, context):
    require(not RESERVED_PAIRS & context.keys(), "context: a reserved name")
    algorithm = CONTENT_ALGORITHM[version]
    context = {**context, ALGORITHM_PAIR: algorithm}
    answer = kms.generate_data_key(KeyId=key_arn, KeySpec="AES_256", EncryptionContext=context)
    wrapped, stored = base64.b64encode(answer["CiphertextBlob"]).decode(), json.dumps(context)
    if version == "V2":
        iv = os.urandom(12)
        return {
            "x-amz-key-v2": wrapped, "x-amz-iv": base64.b64encode(iv).decode(), "x-amz-matdesc": stored,
            "x-amz-wrap-alg": "kms+context", "x-amz-cek-alg": algorithm, "x-amz-tag-len": "128",
            "x-amz-unencrypted-content-length": str(len(plaintext)),
        }, AESGCM(answer["Plaintext"]).encrypt(iv, plaintext, None)
    message_id = os.urandom(28)
    commitment, key = derive(answer["Plaintext"], message_id)
    return {
        "x-amz-c": algorithm, "x-amz-3": wrapped, "x-amz-w": "12", "x-amz-t": stored,
        "x-amz-d": base64.b64encode(commitment).decode(), "x-amz-i": base64.b64encode(message_id).decode(),
    }, AESGCM(key).encrypt(b"\x01" * 12, plaintext, SUITE_ID)


def main(command, endpoint, bucket, key, key_arn, context, version=None):
    s3 = boto3.client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}))
    kms = boto3.client("kms", endpoint_url=endpoint)
    if command == "get":
        stored = s3.get_object(Bucket=bucket, Key=key)
        envelope = {name.lower(): value for name, value in stored["Metadata"].items() if value}
        sys.stdout.buffer.write(decrypt(envelope, stored["Body"].read(), kms, key_arn, parse_context(context)))
    else:
        envelope, body = encrypt(version, sys.stdin.buffer.read(), kms, key_arn, parse_context(context))
        s3.upload_fileobj(io.BytesIO(body), bucket, key, ExtraArgs={"Metadata": envelope})  # in parts, when it is large


try:
    main(*sys.argv[1:])
except (Refused, ValueError) as e:
    sys.exit(str(e))

"""Writes keystores of an emulator's account, in the format that wallets share, as `betteroms` reads them.

Called with what the emulator said when it opened, the account's name, and a folder that is not there yet.
"""

import hashlib
import json
import os
import sys
import uuid

from Crypto.Cipher import AES
from Crypto.Hash import keccak

PASSPHRASE = b"correct horse battery staple"
# What `betteroms` itself takes for new keystores.
COST = {"n": 1 << 14, "r": 8, "p": 1}


def write(path, data):
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def seal(secret, address):
    salt, iv = os.urandom(32), os.urandom(16)
    derived = hashlib.scrypt(PASSPHRASE, salt=salt, dklen=32, maxmem=1 << 26, **COST)
    text = AES.new(derived[:16], AES.MODE_CTR, nonce=b"", initial_value=iv).encrypt(secret)
    mac = keccak.new(digest_bits=256, data=derived[16:] + text).hexdigest()
    crypto = {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": iv.hex()},
        "ciphertext": text.hex(),
        "kdf": "scrypt",
        "kdfparams": {"dklen": 32, "salt": salt.hex(), **COST},
        "mac": mac,
    }
    address = address.removeprefix("0x").lower()
    stored = {"version": 3, "id": str(uuid.uuid4()), "address": address, "crypto": crypto}
    return json.dumps(stored).encode()


standing, name, folder = sys.argv[1:]
with open(standing, encoding="utf-8") as file:
    accounts = json.load(file)["accounts"]
account = next(one for one in accounts if one["name"] == name)
os.mkdir(folder, 0o700)
write(f"{folder}/passphrase", PASSPHRASE)
key = bytes.fromhex(account["privateKey"].removeprefix("0x"))
write(f"{folder}/signer.json", seal(key, account["address"]))
credentials = json.dumps(account["credentials"]).encode()
write(f"{folder}/credentials.json", seal(credentials, account["address"]))

#pragma once
/* Digests only: everything with a key of its own is libsodium's. OpenSSL uses the processor's SHA instructions. */
#include <openssl/evp.h>
#include <openssl/hmac.h>

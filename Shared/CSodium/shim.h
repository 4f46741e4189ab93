#pragma once
#include <sodium.h>
#include <sys/prctl.h>

/* The kernel's name of the calling thread, 15 bytes at most; prctl is variadic. */
static inline void csodium_name_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

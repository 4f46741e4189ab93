#pragma once
#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/* The PG_DIAG_… names are character macros, which Swift does not import; these read the fields that matter. */
static inline const char *cpg_sqlstate(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}
static inline const char *cpg_message(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}
static inline const char *cpg_detail(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
}
static inline const char *cpg_constraint(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
}
static inline const char *cpg_severity(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
}

/* Names the calling thread; Linux keeps 15 bytes. prctl is variadic, which Swift cannot call. */
static inline void cpg_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/* A descriptor that wakes a thread out of poll; Swift's Glibc has no module for eventfd. */
static inline int cpg_wake_open(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
static inline void cpg_wake_signal(int descriptor) { eventfd_write(descriptor, 1); }
static inline void cpg_wake_clear(int descriptor) {
    eventfd_t count;
    eventfd_read(descriptor, &count);
}

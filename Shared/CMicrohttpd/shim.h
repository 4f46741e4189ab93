#pragma once
#include <stdint.h>
#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <microhttpd.h>

// Leaves the request target as it was sent: decoded here, "%2f" would become a slash and "%00" would cut the text.
static size_t duely_mhd_keep_encoding(void *cls, struct MHD_Connection *connection, char *text)
{
    size_t length = 0;
    (void) cls;
    (void) connection;
    while (text[length]) length++;
    return length;
}

typedef void *(*duely_mhd_target_callback)(void *cls, const char *target, struct MHD_Connection *connection);

// MHD_start_daemon is variadic, which Swift cannot call. The options array is only read during the call.
static inline struct MHD_Daemon *
duely_mhd_start(unsigned int flags, void *cls,
                MHD_AccessHandlerCallback access, duely_mhd_target_callback target,
                MHD_RequestCompletedCallback completed, MHD_NotifyConnectionCallback connection,
                struct MHD_OptionItem *options)
{
    return MHD_start_daemon(flags, 0, NULL, NULL, access, cls,
                            MHD_OPTION_URI_LOG_CALLBACK, target, cls,
                            MHD_OPTION_UNESCAPE_CALLBACK, &duely_mhd_keep_encoding, NULL,
                            MHD_OPTION_NOTIFY_COMPLETED, completed, cls,
                            MHD_OPTION_NOTIFY_CONNECTION, connection, cls,
                            MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

// The information calls are variadic and give a union.
static inline int duely_mhd_socket(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static inline const struct sockaddr *duely_mhd_address(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

// What the connection callback stored for this connection, as opposed to this request.
static inline void *duely_mhd_connection_context(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

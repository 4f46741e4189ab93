#pragma once
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* amqp_login is variadic, which Swift cannot call; this one also passes the client's capabilities. */
static inline amqp_rpc_reply_t cr_login_plain(amqp_connection_state_t state, const char *vhost, int channel_max,
                                              int frame_max, int heartbeat_seconds, const amqp_table_t *properties,
                                              const char *user, const char *password) {
  return amqp_login_with_properties(state, vhost, channel_max, frame_max, heartbeat_seconds, properties,
                                    AMQP_SASL_METHOD_PLAIN, user, password);
}

/* Makes a dead peer visible: unacknowledged data after user_timeout_ms, a silent line by keepalive probes. */
static inline int cr_tune_socket(int fd, unsigned user_timeout_ms, int idle_seconds, int interval_seconds, int probes) {
  int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms) != 0) return -1;
  if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) != 0) return -1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds) != 0) return -1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds) != 0) return -1;
  return setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

/* While corked the kernel fills whole segments, so a burst of small frames costs the peer few reads. */
static inline int cr_set_cork(int fd, int on) { return setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on); }

static inline int cr_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline void cr_eventfd_signal(int fd) {
  uint64_t one = 1;
  ssize_t written = write(fd, &one, sizeof one);
  (void)written; /* a full counter means that the reader has been woken already */
}

static inline void cr_eventfd_clear(int fd) {
  uint64_t count;
  ssize_t got = read(fd, &count, sizeof count);
  (void)got; /* an empty counter means that there was nothing to clear */
}

static inline struct timeval cr_timeval(int64_t seconds, int64_t microseconds) {
  struct timeval value = {.tv_sec = (time_t)seconds, .tv_usec = (suseconds_t)microseconds};
  return value;
}

/* Starts a thread that nobody joins. */
static inline int cr_thread_start(void *(*body)(void *), void *context) {
  pthread_attr_t attributes;
  pthread_t thread;
  int status = pthread_attr_init(&attributes);
  if (status != 0) return status;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  status = pthread_create(&thread, &attributes, body, context);
  pthread_attr_destroy(&attributes);
  return status;
}

/* Names the calling thread and keeps a write to a closed socket an error of that call, not the end of the process. */
static inline void cr_thread_prepare(const char *name) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  prctl(PR_SET_NAME, name, 0, 0, 0);
}

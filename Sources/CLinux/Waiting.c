#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

static uint32_t epoll_events(uint32_t interest) {
    return (interest & LINUX_READABLE ? EPOLLIN : 0) | (interest & LINUX_WRITABLE ? EPOLLOUT : 0);
}

int linux_poll_create(void) {
    int poll = epoll_create1(EPOLL_CLOEXEC);
    return poll < 0 ? -errno : poll;
}

static int poll_control(int poll, int operation, int descriptor, uint32_t interest, uint64_t data) {
    struct epoll_event event = {.events = epoll_events(interest), .data.u64 = data};
    return epoll_ctl(poll, operation, descriptor, &event) < 0 ? -errno : 0;
}

int linux_poll_add(int poll, int descriptor, uint32_t interest, uint64_t data) {
    return poll_control(poll, EPOLL_CTL_ADD, descriptor, interest, data);
}

int linux_poll_change(int poll, int descriptor, uint32_t interest, uint64_t data) {
    return poll_control(poll, EPOLL_CTL_MOD, descriptor, interest, data);
}

int linux_poll_wait(int poll, struct linux_event *events, int capacity, int64_t timeout) {
    struct epoll_event ready[LINUX_EVENTS_MAX];
    int wait = timeout < 0 ? -1 : timeout > 3600000 ? 3600000 : (int)timeout;
    int count = epoll_wait(poll, ready, capacity < LINUX_EVENTS_MAX ? capacity : LINUX_EVENTS_MAX, wait);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        events[i].data = ready[i].data.u64;
        events[i].what = (ready[i].events & EPOLLIN ? LINUX_READABLE : 0)
            | (ready[i].events & EPOLLOUT ? LINUX_WRITABLE : 0)
            | (ready[i].events & (EPOLLERR | EPOLLHUP) ? LINUX_BROKEN : 0);
    }
    return count;
}

int linux_signals_open(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) return -errno;
    int descriptor = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int linux_signals_next(int descriptor) {
    struct signalfd_siginfo info;
    if (read(descriptor, &info, sizeof info) != sizeof info) return LINUX_SIGNAL_NONE;
    switch (info.ssi_signo) {
        case SIGUSR1: return LINUX_SIGNAL_STATISTICS;
        case SIGHUP: return LINUX_SIGNAL_RELOAD;
        default: return LINUX_SIGNAL_STOP;
    }
}

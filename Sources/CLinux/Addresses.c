// The addresses of this machine, asked of the kernel (rtnetlink(7)) without the C library's
// getifaddrs, which allocates.
#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// What the kernel sends at once, when it is given so much room.
enum { ANSWER_BYTES = 32 * 1024 };

// Addresses that come and go by themselves, or are not in use (RFC 4862, RFC 8981).
enum { FLEETING = IFA_F_TEMPORARY | IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED };

struct request {
    struct nlmsghdr header;
    struct ifaddrmsg body;
};

static int ask(int netlink) {
    struct request request = {
        .header = {.nlmsg_len = sizeof request,
                   .nlmsg_type = RTM_GETADDR,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.ifa_family = AF_UNSPEC},
    };
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent = sendto(netlink, &request, sizeof request, 0, (struct sockaddr *)&kernel,
                          sizeof kernel);
    return sent < 0 ? -errno : 0;
}

static bool is_link_local(const uint8_t *address) {
    return address[0] == 0xFE && (address[1] & 0xC0) == 0x80;
}

// An address is told twice where the other end of a line has one: IFA_LOCAL is ours.
static uint64_t take(struct nlmsghdr *message, uint8_t *out, uint64_t room) {
    struct ifaddrmsg *body = NLMSG_DATA(message);
    uint32_t flags = body->ifa_flags;
    const uint8_t *address = NULL, *local = NULL;
    uint64_t count = body->ifa_family == AF_INET ? 4 : body->ifa_family == AF_INET6 ? 16 : 0;
    int left = (int)IFA_PAYLOAD(message);
    for (struct rtattr *each = IFA_RTA(body); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
        if (each->rta_type == IFA_FLAGS && RTA_PAYLOAD(each) >= sizeof flags)
            memcpy(&flags, RTA_DATA(each), sizeof flags);
        if (RTA_PAYLOAD(each) != count) continue;
        if (each->rta_type == IFA_ADDRESS) address = RTA_DATA(each);
        if (each->rta_type == IFA_LOCAL) local = RTA_DATA(each);
    }
    if (local) address = local;
    if (!address || count == 0 || flags & FLEETING || room < 1 + count) return 0;
    if (count == 16 && is_link_local(address)) return 0;
    out[0] = (uint8_t)count;
    memcpy(out + 1, address, count);
    return 1 + count;
}

static int64_t collect(int netlink, uint8_t *out, uint64_t capacity) {
    static _Alignas(struct nlmsghdr) uint8_t answer[ANSWER_BYTES];
    uint64_t count = 0;
    for (;;) {
        ssize_t got = recv(netlink, answer, sizeof answer, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got < 0 ? -errno : -EIO;
        unsigned left = (unsigned)got;
        for (struct nlmsghdr *each = (struct nlmsghdr *)answer; NLMSG_OK(each, left);
             each = NLMSG_NEXT(each, left)) {
            if (each->nlmsg_type == NLMSG_DONE) return (int64_t)count;
            if (each->nlmsg_type == NLMSG_ERROR) return -EIO;
            if (each->nlmsg_type == RTM_NEWADDR)
                count += take(each, out + count, capacity - count);
        }
    }
}

int64_t linux_addresses(uint8_t *out, uint64_t capacity) {
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink < 0) return -errno;
    int64_t result = ask(netlink);
    if (result == 0) result = collect(netlink, out, capacity);
    close(netlink);
    return result;
}

void linux_address_text(const uint8_t *address, uint64_t count, char text[static 46]) {
    inet_ntop(count == 4 ? AF_INET : AF_INET6, address, text, INET6_ADDRSTRLEN);
}

int linux_host_name(char *text, int capacity) {
    if (gethostname(text, (size_t)capacity) < 0) return -errno;
    text[capacity - 1] = 0;
    return 0;
}

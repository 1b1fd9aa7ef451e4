// What commands ask of a person, or of whatever stands in for one on standard input.
#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int64_t linux_read_line(uint8_t *buffer, uint64_t capacity) {
    uint64_t count = 0;
    for (;;) {
        // Byte by byte: what follows the line is for somebody else.
        uint8_t byte;
        ssize_t got = read(STDIN_FILENO, &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -errno;
        if (got == 0 && count == 0) return -ENODATA;
        if (got == 0 || byte == '\n') break;
        if (count == capacity) return -EFBIG;
        buffer[count++] = byte;
    }
    if (count > 0 && buffer[count - 1] == '\r') count--;
    return (int64_t)count;
}

static struct termios shown;

// A terminal must not stay mute because a command was ended in the midst of it.
static void show_again(int signal_number) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    // What comes next begins its own line.
    (void)!write(STDERR_FILENO, "\n", 1);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

int64_t linux_read_hidden_line(const char *question, uint8_t *buffer, uint64_t capacity) {
    static const int endings[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP};
    enum { COUNT = sizeof endings / sizeof *endings };
    if (tcgetattr(STDIN_FILENO, &shown) < 0) return -errno;
    void (*before[COUNT])(int);
    for (int i = 0; i < COUNT; i++) before[i] = signal(endings[i], show_again);
    struct termios hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    // What is typed before the question is dropped, what is typed behind it is not shown.
    (void)!write(STDERR_FILENO, question, strlen(question));
    int64_t result = linux_read_line(buffer, capacity);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    for (int i = 0; i < COUNT; i++) signal(endings[i], before[i]);
    (void)!write(STDERR_FILENO, "\n", 1);
    return result;
}

static const char *unfinished;

static void remove_unfinished(int signal_number) {
    unlink(unfinished);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

void linux_remove_when_ended(const char *path) {
    unfinished = path;
    static const int endings[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
    for (unsigned i = 0; i < sizeof endings / sizeof *endings; i++)
        signal(endings[i], remove_unfinished);
}

int64_t linux_read_input(uint8_t *buffer, uint64_t capacity) {
    uint64_t count = 0;
    for (;;) {
        ssize_t got = read(STDIN_FILENO, buffer + count, (size_t)(capacity - count));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -errno;
        if (got == 0) return (int64_t)count;
        count += (uint64_t)got;
        if (count == capacity) return -EFBIG;
    }
}

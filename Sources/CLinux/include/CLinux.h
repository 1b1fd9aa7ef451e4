#pragma once

// The few calls of Linux that the server makes, in plain integers and pointers: sizes and
// times are 64 bits wide on every board. A negative result is a negated errno.

#include <stdint.h>

// Allocations of our own code (AllocationCount.c)

/// Calls of malloc, calloc, realloc, posix_memalign and aligned_alloc so far (release builds).
uint64_t linux_allocation_count(void);

// Sockets (Sockets.c, Addresses.c)

/// A listening, non-blocking socket. `host` is a numeric IPv4 or IPv6 address; port 0 picks one.
int linux_listen(const uint8_t *host, uint64_t count, uint16_t port);
/// True for a numeric IPv4 or IPv6 address.
int linux_is_address(const uint8_t *host, uint64_t count);
/// The port that a listening socket has.
int linux_local_port(int socket);
/// The address of a listening socket as text, of at most 45 bytes and a zero.
int linux_local_address(int socket, char *text, int capacity);
/// What the kernel may queue for each peer that is accepted; returns the listener.
int linux_bound_buffers(int listener);
/// The next waiting peer, non-blocking and without delay; its address as an IPv6 one.
int linux_accept(int listener, uint64_t *address_high, uint64_t *address_low);

/// The addresses that last, of all interfaces and both families, without IPv6's link-local ones:
/// for each its length, 4 or 16, and its bytes. How many bytes that made.
int64_t linux_addresses(uint8_t *out, uint64_t capacity);
/// An address of 4 or 16 bytes as text, ended by a zero.
void linux_address_text(const uint8_t *address, uint64_t count, char text[46]);
/// The name of this machine, ended by a zero.
int linux_host_name(char *text, int capacity);

/// The control socket (ControlSocket.c): a listening Unix socket that only its owner may open. One
/// that an earlier server left behind gives way: who calls holds the lock of the data folder.
int linux_control_listen(const char *path);
/// The next waiting peer if it is of this process' user, or root; -EACCES for anyone else, who is
/// hung up on.
int linux_control_accept(int listener);
/// A blocking connection to a server; -ECONNREFUSED or -ENOENT if none listens.
int linux_control_connect(const char *path);

/// A piece of memory to be sent, laid out like the kernel's `struct iovec`.
struct linux_piece {
    const uint8_t *base;
    unsigned long count;
};

/// The text of an IPv4 address under which others may reach this machine; 0 past the last.
int linux_interface_address(int index, char *text, int capacity);

int64_t linux_receive(int socket, uint8_t *buffer, uint64_t count);
int64_t linux_send(int socket, const uint8_t *bytes, uint64_t count);
/// Sends the pieces in order, in one call. Up to 1,024 of them (IOV_MAX), else -EMSGSIZE.
int64_t linux_send_pieces(int socket, const struct linux_piece *pieces, int count);
void linux_shutdown_write(int socket);
void linux_close(int descriptor);

// Waiting (Waiting.c)

/// The most events that one wait reports.
enum { LINUX_EVENTS_MAX = 256 };
enum { LINUX_READABLE = 1, LINUX_WRITABLE = 2, LINUX_BROKEN = 4 };

struct linux_event {
    uint64_t data;
    uint32_t what;
};

int linux_poll_create(void);
int linux_poll_add(int poll, int descriptor, uint32_t interest, uint64_t data);
int linux_poll_change(int poll, int descriptor, uint32_t interest, uint64_t data);
/// Fills at most `capacity` (up to LINUX_EVENTS_MAX) events; `timeout` in milliseconds, -1 for none.
int linux_poll_wait(int poll, struct linux_event *events, int capacity, int64_t timeout);

/// Blocks the signals that the loop handles (SIGTERM and SIGINT end it, SIGHUP has it read its
/// settings again, SIGUSR1 asks for statistics) and returns a descriptor that delivers them;
/// SIGPIPE and SIGXFSZ are ignored: the calls fail.
int linux_signals_open(void);
enum {
    LINUX_SIGNAL_NONE = 0,
    LINUX_SIGNAL_STOP = 1,
    LINUX_SIGNAL_STATISTICS = 2,
    LINUX_SIGNAL_RELOAD = 3
};
/// The next signal that waits.
int linux_signals_next(int descriptor);

// The service manager (ServiceManager.c)

/// A socket for `linux_notify`; negative if nobody waits for news (NOTIFY_SOCKET).
int linux_notify_open(void);
/// Sends one datagram of sd_notify(3). Never blocks.
int linux_notify(int descriptor, const uint8_t *bytes, uint64_t count);
/// How soon a sign of life is waited for, in microseconds; 0 if none is.
int64_t linux_watchdog_us(void);
/// How many sockets were passed to this process.
int linux_passed_count(void);
/// The length of the name that came with a passed socket, and where it begins; 0 for none.
int linux_passed_name(int index, const char **name);
/// The descriptor of a passed socket, made like one of `linux_listen`; -EINVAL if it does not
/// listen for TCP.
int linux_passed_listener(int index);

// The process and its machine (Process.c, ProgramPages.c)

int64_t linux_monotonic_ms(void);
int64_t linux_monotonic_us(void);
/// Milliseconds since 1970.
int64_t linux_wall_ms(void);
/// Waits that long.
void linux_pause(int64_t ms);
/// Fills the buffer from the kernel's generator.
void linux_random(uint8_t *buffer, uint64_t count);
/// The resident set of this process, and the memory that the machine could still give.
int64_t linux_resident_bytes(void);
int64_t linux_available_bytes(void);
/// Gives up what is resident of the program's own file. What is used again comes back by itself,
/// from the kernel's cache of the file; what only the start needed (SQL's parser above all)
/// does not.
void linux_release_program_pages(void);
/// Raises the limit of open descriptors to `count`; the limit that then holds.
int64_t linux_raise_descriptor_limit(int64_t count);

int linux_argument_count(void);
const char *linux_argument(int index);
/// The environment's value for a name, or null.
const char *linux_environment(const char *name);
/// Overwrites a variable's value and removes it: /proc/PID/environ no longer shows it, nor do
/// children inherit it. Does nothing if it is not set.
void linux_wipe_environment(const char *name);
/// Keeps the memory of a crashed process off the disk: it holds keys and passwords.
void linux_forbid_core_dumps(void);
/// A variable of the environment as NAME=VALUE, or null past the last.
const char *linux_environment_entry(int index);

/// Writes all of it; descriptor 1 is standard output, 2 standard error.
void linux_write_all(int descriptor, const uint8_t *bytes, uint64_t count);
/// Whether standard output has not taken something of that.
int linux_output_is_lost(void);
/// Writes a line of at most PIPE_BUF bytes if that does not block; else it is lost.
void linux_write_line(int descriptor, const uint8_t *line, uint64_t count);
int linux_is_terminal(int descriptor);
const char *linux_error_text(int error);
_Noreturn void linux_exit(int status);

// Files (Files.c)

/// From now on whatever this process makes is its owner's alone.
void linux_keep_files_private(void);
/// Makes a folder that only its owner may enter; 0 also if it is there already.
int linux_make_folder(const char *path);
/// The permissions of a file.
int linux_file_mode(const char *path);
/// An error of our own: what is there under that name is a pipe, a socket or a device.
enum { LINUX_NO_FILE = 4096 };
/// Reads a whole file of at most `capacity` bytes; its size, -EFBIG or -LINUX_NO_FILE.
int64_t linux_read_file(const char *path, uint8_t *buffer, uint64_t capacity);
/// -EISDIR for a folder, -EINVAL for whatever else is no file that ends.
int64_t linux_file_size(const char *path);
/// Reads a piece of a file; fewer bytes only at its end.
int64_t linux_read_at(const char *path, int64_t offset, uint8_t *buffer, uint64_t capacity);
/// Adds bytes at a file's end, on the disk when it returns.
int linux_append(const char *path, const uint8_t *bytes, uint64_t count);
/// Writes a file that only its owner may read: all of it is on the disk under that name, or
/// nothing (-EEXIST if it is there already).
int linux_create_secret_file(const char *path, const uint8_t *bytes, uint64_t count);
/// The same, in place of what is there under that name.
int linux_replace_secret_file(const char *path, const uint8_t *bytes, uint64_t count);
/// From now on only its owner may read and write it.
int linux_close_file_to_others(const char *path);
int linux_remove_file(const char *path);
/// An empty one.
int linux_remove_folder(const char *path);
/// 1 if there is something of that name, 0 if not.
int linux_exists(const char *path);
/// Forces what was written to the file to the disk.
int linux_sync_file(const char *path);
/// Gives a file another name, durably. `replace` says whether one of that name may go; if not,
/// -EEXIST.
int linux_rename(const char *path, const char *name, int replace);
/// Gives a file a second name; -EEXIST if that is taken.
int linux_link(const char *path, const char *name);
/// If this process is root's it becomes one of the folder's owner, so that what it makes there is
/// the owner's.
int linux_become_owner_of(const char *folder);
/// A time as a person writes it, in local time, by the format of `strftime`; its length.
int linux_format_time(int64_t ms, const char *format, char *text, int capacity);

/// Makes a folder that everybody may enter; 0 also if it is there already.
int linux_make_open_folder(const char *path);
/// Writes a file in place of the one of that name, all or nothing: it keeps that one's owner and
/// permissions, or gets `mode`.
int linux_replace_file(const char *path, const uint8_t *bytes, uint64_t count, uint32_t mode);
int linux_is_root(void);
/// The absolute path of a file or folder that is there, with a zero behind it; its length.
int64_t linux_real_path(const char *path, uint8_t *buffer, uint64_t capacity);

// Asking a person (Terminal.c)

/// Reads the next line of standard input, without its end; its length, -EFBIG if it is longer, or
/// -ENODATA if there is none.
int64_t linux_read_line(uint8_t *buffer, uint64_t capacity);
/// Asks, and reads the answer from a terminal that does not show what is typed.
int64_t linux_read_hidden_line(const char *question, uint8_t *buffer, uint64_t capacity);
/// Reads standard input up to its end; its length, or -EFBIG.
int64_t linux_read_input(uint8_t *buffer, uint64_t capacity);
/// Removes a file if a signal ends this process. The path must stay.
void linux_remove_when_ended(const char *path);

// What `concord doctor` asks (Diagnosis.c)

/// The board in Board/targets that this program was built for.
const char *linux_build_architecture(void);
/// What the kernel calls the machine: x86_64, aarch64, armv7l, armv6l …
const char *linux_machine(void);
/// The name of an entry of a folder, hidden ones left out; 0 past the last.
int linux_folder_entry(const char *path, int index, char *name, int capacity);
/// What is free for this user on the file system of a path, and how much there is.
int linux_disk_space(const char *path, int64_t *free_bytes, int64_t *all_bytes);
/// How long a small write to a file of this folder takes to reach the disk, in microseconds: the
/// median of a few.
int64_t linux_sync_us(const char *folder);
/// Whether something keeps the clock right (adjtimex): 1 or 0.
int linux_clock_is_synchronized(void);
/// Whether a Wi-Fi interface sleeps between packets: 1 or 0; negative if the kernel does not say.
int linux_wireless_saves_power(const char *interface);
/// Whether another process holds a lock (flock) on the file: 1 or 0; -ENOENT without a file.
int linux_is_locked(const char *path);

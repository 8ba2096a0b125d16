/* A library for LD_PRELOAD, with which the calls that write to a store's files fail when a test says so.
 *
 * FAULT_PATH in the environment is what the path of an affected file contains.  fault_arm(n, kind, count) makes the n-th
 * such call from now on, and the count - 1 after it, fail with ENOSPC or EIO, or write only half ("short").
 *
 * With FAULT_LOG in the environment, what is done to such files is recorded there, in order: a letter for the call, the
 * path, an offset, and bytes, each text after its length.  fault_mark() puts a mark of the test's own between them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include <fcntl.h>
#include <pthread.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static long calls, first, number;
static char kind[16];

/* Called by the test through ctypes: arm(n, kind, count) and calls_made(). */
void fault_arm(long at, const char *how, long count) {
    pthread_mutex_lock(&guard);
    calls = 0; first = at; number = count;
    snprintf(kind, sizeof kind, "%s", how);
    pthread_mutex_unlock(&guard);
}

long fault_calls(void) { return calls; }

static int ours(int descriptor) {
    const char *wanted = getenv("FAULT_PATH");
    char link[64], path[4096];
    if (!wanted) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, wanted) != NULL;
}

static void record(char call, const char *path, long offset, const void *bytes, unsigned size) {
    static int log = -2;
    typedef ssize_t (*write_type)(int, const void *, size_t);
    write_type real = (write_type)dlsym(RTLD_NEXT, "write");
    pthread_mutex_lock(&guard);
    if (log == -2) {
        typedef int (*open_type)(const char *, int, ...);
        const char *name = getenv("FAULT_LOG");
        log = name ? ((open_type)dlsym(RTLD_NEXT, "open"))(name, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    }
    if (log >= 0) {
        unsigned length = strlen(path);
        long place = offset;
        real(log, &call, 1);
        real(log, &length, sizeof length);
        real(log, path, length);
        real(log, &place, sizeof place);
        real(log, &size, sizeof size);
        if (size) real(log, bytes, size);
    }
    pthread_mutex_unlock(&guard);
}

void fault_mark(const char *text) { record('M', text, 0, NULL, 0); }

static void record_open_file(char call, int descriptor, long offset, const void *bytes, unsigned size) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length > 0) {
        path[length] = 0;
        record(call, path, offset, bytes, size);
    }
}

/* 0: go on; 1: fail with errno set; 2: write half. */
static int fault(void) {
    int answer = 0;
    pthread_mutex_lock(&guard);
    calls++;
    if (first > 0 && calls >= first && calls < first + number) {
        if (!strcmp(kind, "short")) answer = 2;
        else { errno = !strcmp(kind, "ENOSPC") ? ENOSPC : EIO; answer = 1; }
    }
    pthread_mutex_unlock(&guard);
    return answer;
}

#define REAL(name, type) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)

#define HERE (-1)

/* Whether a write goes on; a fault may halve its size, and what is written is recorded, with the place it goes to. */
static int let_write(int descriptor, long place, const void *bytes, size_t *size) {
    if (!ours(descriptor)) return 1;
    int answer = fault();
    if (answer == 1) return 0;
    if (answer == 2 && *size > 1) *size /= 2;
    record_open_file('W', descriptor, place == HERE ? lseek(descriptor, 0, SEEK_CUR) : place, bytes, *size);
    return 1;
}

typedef ssize_t (*write_type)(int, const void *, size_t);
ssize_t write(int descriptor, const void *bytes, size_t size) {
    REAL("write", write_type);
    if (!let_write(descriptor, HERE, bytes, &size)) return -1;
    return real(descriptor, bytes, size);
}

typedef ssize_t (*pwrite_type)(int, const void *, size_t, off_t);
ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t place) {
    REAL("pwrite", pwrite_type);
    if (!let_write(descriptor, place, bytes, &size)) return -1;
    return real(descriptor, bytes, size, place);
}

typedef ssize_t (*pwrite64_type)(int, const void *, size_t, off64_t);
ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t place) {
    REAL("pwrite64", pwrite64_type);
    if (!let_write(descriptor, place, bytes, &size)) return -1;
    return real(descriptor, bytes, size, place);
}

typedef int (*sync_type)(int);
int fsync(int descriptor) {
    REAL("fsync", sync_type);
    if (ours(descriptor)) {
        if (fault() == 1) return -1;
        record_open_file('S', descriptor, 0, NULL, 0);
    }
    return real(descriptor);
}

int fdatasync(int descriptor) {
    REAL("fdatasync", sync_type);
    if (ours(descriptor)) {
        if (fault() == 1) return -1;
        record_open_file('S', descriptor, 0, NULL, 0);
    }
    return real(descriptor);
}

typedef int (*truncate_type)(int, off_t);
int ftruncate(int descriptor, off_t size) {
    REAL("ftruncate", truncate_type);
    if (ours(descriptor)) {
        if (fault() == 1) return -1;
        record_open_file('T', descriptor, size, NULL, 0);
    }
    return real(descriptor, size);
}

typedef int (*truncate64_type)(int, off64_t);
int ftruncate64(int descriptor, off64_t size) {
    REAL("ftruncate64", truncate64_type);
    if (ours(descriptor)) {
        if (fault() == 1) return -1;
        record_open_file('T', descriptor, size, NULL, 0);
    }
    return real(descriptor, size);
}

/* What names files: rename, unlink, mkdir, and open for creating. */
static int named(const char *path) {
    const char *wanted = getenv("FAULT_PATH");
    return wanted && strstr(path, wanted) != NULL;
}

typedef int (*rename_type)(const char *, const char *);
int rename(const char *from, const char *to) {
    REAL("rename", rename_type);
    if (named(to) && fault() == 1) return -1;
    if (named(to)) record('R', from, 0, to, strlen(to));
    return real(from, to);
}

typedef int (*unlink_type)(const char *);
int unlink(const char *path) {
    REAL("unlink", unlink_type);
    if (named(path) && fault() == 1) return -1;
    if (named(path) && !access(path, F_OK)) record('U', path, 0, NULL, 0);
    return real(path);
}

typedef int (*mkdir_type)(const char *, mode_t);
int mkdir(const char *path, mode_t mode) {
    REAL("mkdir", mkdir_type);
    if (named(path) && fault() == 1) return -1;
    if (named(path) && access(path, F_OK)) record('D', path, 0, NULL, 0);
    return real(path, mode);
}

static int open_any(const char *name, const char *path, int flags, mode_t mode) {
    typedef int (*open_type)(const char *, int, ...);
    open_type real = (open_type)dlsym(RTLD_NEXT, name);
    if ((flags & O_CREAT) && named(path)) {
        if (fault() == 1) return -1;
        if (access(path, F_OK)) record('C', path, 0, NULL, 0);
    }
    return real(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest);
    return open_any("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest);
    return open_any("open64", path, flags, mode);
}

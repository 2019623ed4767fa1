/* Many readers of one event stream in one process: opens COUNT streams as fast as the server lets
 * it, prints "open NS" (from the first connect to the last response head), then "MARK FIRST LAST"
 * for every mark: the monotonic time in ns at which the first and the last stream had received it.
 * A mark is "mark-N" in the data, followed by anything but a digit. Usage: readers PORT PATH COUNT
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* UNDER_WAY: streams whose head has not come yet; nginx' listen queue holds 511 where it is told
 * nothing else. */
enum { ROOM = 131072, UNDER_WAY = 256 };

static const char head_end[] = "\r\n\r\n", mark_begin[] = "mark-";

/* What a stream has seen may be cut anywhere: `matched` characters of what it waits for, then the
 * digits so far. */
struct stream {
    int fd, open, matched, mark;
};

static char got[ROOM];
static int loop;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static ssize_t receive(struct stream *stream) {
    ssize_t length = recv(stream->fd, got, ROOM, 0);
    if (length <= 0)
        fail("a stream ended");
    return length;
}

/* Advances past `wanted`; the rest of the bytes, or NULL when they ended before. */
static const char *find(struct stream *stream, const char *wanted, const char *at, const char *end) {
    while (at < end && wanted[stream->matched]) {
        if (!stream->matched && !(at = memchr(at, *wanted, end - at)))
            return NULL;
        if (*at == wanted[stream->matched])
            stream->matched++, at++;
        else if (stream->matched)
            stream->matched = 0;
        else
            at++;
    }
    return wanted[stream->matched] ? NULL : at;
}

/* The number of a mark that is complete with these bytes, else -1. */
static int marked(struct stream *stream, ssize_t length) {
    const char *end = got + length, *at = find(stream, mark_begin, got, end);
    for (; at && at < end; at++) {
        if (*at < '0' || *at > '9') {
            int mark = stream->mark;
            stream->matched = stream->mark = 0;
            return mark;
        }
        stream->mark = stream->mark * 10 + *at - '0';
    }
    return -1;
}

static void begin(struct stream *stream, int port, const char *path) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = stream};
    char text[512];
    int length = snprintf(text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n\r\n", path, port);
    address.sin_port = htons(port);
    stream->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (stream->fd < 0 || connect(stream->fd, (struct sockaddr *)&address, sizeof address)
        || send(stream->fd, text, length, 0) != length
        || epoll_ctl(loop, EPOLL_CTL_ADD, stream->fd, &event))
        fail("connect");
}

/* True when the response head is complete with what has come now. */
static int opened(struct stream *stream) {
    ssize_t length = receive(stream);
    if (!stream->open && !stream->matched && memcmp(got, "HTTP/1.1 200 ", 13))
        fail("no stream");
    if (stream->open || !find(stream, head_end, got, got + length))
        return 0;
    stream->matched = 0;
    return stream->open = 1;
}

static void open_all(struct stream *streams, int count, int port, const char *path) {
    struct epoll_event ready[64];
    int begun = 0, done = 0;
    while (done < count) {
        while (begun < count && begun - done < UNDER_WAY)
            begin(&streams[begun++], port, path);
        int events = epoll_wait(loop, ready, 64, -1);
        for (int i = 0; i < events; i++)
            done += opened(ready[i].data.ptr);
    }
}

static void report_marks(int count) {
    struct epoll_event ready[64];
    int current = -1, seen = 0;
    long long first = 0;
    for (;;) {
        int events = epoll_wait(loop, ready, 64, -1);
        for (int i = 0; i < events; i++) {
            struct stream *stream = ready[i].data.ptr;
            int mark = marked(stream, receive(stream));
            if (mark < 0)
                continue;
            if (mark != current) {
                current = mark;
                seen = 0;
                first = now();
            }
            if (++seen == count) {
                printf("%d %lld %lld\n", current, first, now());
                fflush(stdout);
            }
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    int count = atoi(argv[3]);
    struct stream *streams = calloc(count, sizeof *streams);
    loop = epoll_create1(0);
    if (!streams || loop < 0)
        fail("begin");
    long long begun = now();
    open_all(streams, count, atoi(argv[1]), argv[2]);
    printf("open %lld\n", now() - begun);
    fflush(stdout);
    report_marks(count);
}

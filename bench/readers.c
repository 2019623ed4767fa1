/* Many readers of one event stream in one process: opens COUNT streams, waits until each has said
 * hello, prints "open", then "MARK FIRST LAST" for every mark: the monotonic time in ns at which
 * the first and the last stream had received it. A mark is "mark-N" anywhere in the data.
 * Usage: readers PORT PATH COUNT
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 16384 };

static char got[ROOM + 1];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static ssize_t receive(int stream) {
    ssize_t length = recv(stream, got, ROOM, 0);
    if (length <= 0)
        fail("a stream ended");
    got[length] = 0;
    return length;
}

/* One stream after the other, so that no listen queue overflows. */
static int open_stream(int port, const char *path) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(port);
    char text[512];
    int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", path, port);
    int stream = socket(AF_INET, SOCK_STREAM, 0);
    if (stream < 0 || connect(stream, (struct sockaddr *)&address, sizeof address)
        || send(stream, text, length, 0) != length)
        fail("connect");
    char seen[ROOM * 2] = "";
    while (!strstr(seen, "event: hello")) {
        receive(stream);
        if (strlen(seen) + strlen(got) >= sizeof seen)
            fail("no hello");
        strcat(seen, got);
    }
    return stream;
}

int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    int count = atoi(argv[3]), loop = epoll_create1(0);
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = open_stream(atoi(argv[1]), argv[2])};
        if (epoll_ctl(loop, EPOLL_CTL_ADD, event.data.fd, &event))
            fail("epoll_ctl");
    }
    puts("open");
    fflush(stdout);
    struct epoll_event ready[64];
    int current = -1, seen = 0;
    long long first = 0;
    for (;;) {
        int events = epoll_wait(loop, ready, 64, -1);
        for (int i = 0; i < events; i++) {
            receive(ready[i].data.fd);
            char *mark = strstr(got, "mark-");
            if (!mark)
                continue;
            if (atoi(mark + 5) != current) {
                current = atoi(mark + 5);
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

/* The floor of the fan-out: the least a server can do to pass one POST on to every open stream.
 *
 * GET opens a stream (chunked text/event-stream), POST writes its body to all of them as one
 * event. One thread, epoll, no policy, no history, no heartbeat: what it takes is the kernel's
 * share. Prints the port it got. Usage: floor
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536, ROOM = 8192 };

static int streams[MOST];
static int open_streams;
static char request[ROOM + 1];

static const char head[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char hello[] = "event: hello\ndata: {}\n\n";
static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"id\": 1}\n";

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void write_all(const char *body) {
    static long number;
    char event[ROOM + 64], frame[ROOM + 128];
    int size = snprintf(event, sizeof event, "data: %s\nid: 0123456789abcdef-%ld\n\n", body, ++number);
    int length = snprintf(frame, sizeof frame, "%x\r\n%s\r\n", size, event);
    for (int i = 0; i < open_streams; i++)
        if (send(streams[i], frame, length, MSG_NOSIGNAL | MSG_DONTWAIT) != length)
            fail("send");
}

static void open_stream(int page) {
    char first[512];
    int length = snprintf(first, sizeof first, "%s%zx\r\n%s\r\n", head, sizeof hello - 1, hello);
    if (open_streams == MOST || send(page, first, length, MSG_NOSIGNAL) != length)
        fail("open_stream");
    streams[open_streams++] = page;
}

static void leave(int page) {
    for (int i = 0; i < open_streams; i++)
        if (streams[i] == page)
            streams[i--] = streams[--open_streams];
    close(page);
}

/* A request arrives in one piece from our own bench; anything else ends the connection. */
static void serve(int page) {
    ssize_t got = recv(page, request, ROOM, 0);
    if (got <= 0) {
        leave(page);
        return;
    }
    request[got] = 0;
    char *body = strstr(request, "\r\n\r\n");
    if (body && !strncmp(request, "GET ", 4)) {
        open_stream(page);
    } else if (body && !strncmp(request, "POST ", 5)) {
        write_all(body + 4);
        send(page, answer, sizeof answer - 1, MSG_NOSIGNAL);
    } else {
        close(page);
    }
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int door = socket(AF_INET, SOCK_STREAM, 0), loop = epoll_create1(0);
    if (door < 0 || loop < 0 || bind(door, (struct sockaddr *)&address, size)
        || listen(door, 4096) || getsockname(door, (struct sockaddr *)&address, &size))
        fail("listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = door}, ready[64];
    epoll_ctl(loop, EPOLL_CTL_ADD, door, &event);
    for (;;) {
        int count = epoll_wait(loop, ready, 64, -1);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.fd != door) {
                serve(ready[i].data.fd);
                continue;
            }
            int page = accept(door, NULL, NULL), yes = 1;
            if (page < 0)
                fail("accept");
            setsockopt(page, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            event.data.fd = page;
            epoll_ctl(loop, EPOLL_CTL_ADD, page, &event);
        }
    }
}

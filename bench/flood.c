/* Many events to many open streams: opens PAGES streams, then PUBLISHERS at once publish for
 * SECONDS, each of them one request at a time, with BATCH events in it, a line each: as fast as the
 * answers come, or RATE events a second in all; reads until every stream has every event. A
 * publisher keeps its connection where the server lets it, and connects anew where it hangs up.
 *
 * An event counts when its frame has ended. It ends the measurement when a stream has two of them
 * in one frame, or those of a publisher not each once and in order.
 *
 * Prints "open" once all streams get events, then waits for a line, publishes, and prints "EVENTS
 * ACKNOWLEDGED DELIVERED P50 P99 WORST": how many; ns from the first request to the last answer;
 * the same to the last event on the last stream; of all deliveries the ns from the request until
 * the stream has it. Usage: flood PORTS PATH TARGET PAGES PUBLISHERS SECONDS RATE BATCH. With
 * several PORTS, joined by commas, the streams are shared out among them, and the first one takes
 * the events, at TARGET.
 */
#define _GNU_SOURCE /* strcasestr */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 131072, LINE = 512, MOST_PUBLISHERS = 256, MOST_PORTS = 64, MOST_BATCH = 512 };

static const char mark[] = "mark-", length_name[] = "content-length:";
static const char filler[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

/* A stream: its last line so far, or the begin of it; the event of the frame so far, if any; how
 * many it has of each publisher. A publisher: how many it sent; how much of its answer has come. */
struct page {
    int fd, length, got_of[MOST_PUBLISHERS];
    long long seen;
    char line[LINE], event[LINE];
};

struct publisher {
    int fd, busy, length, sent;
    char answer[4096];
};

static char got[ROOM];
static const char *target; /* at which `port` takes the events */
static int loop, port, batch;
static long total, room, asked, answered;
static long long *latencies, last_delivery;
static struct publisher publishers[MOST_PUBLISHERS];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int connected(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_port = htons(port);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        fail("connect");
    return fd;
}

static void attend(int fd, void *whom) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = whom};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event))
        fail("epoll_ctl");
}

static void open_page(struct page *page, int port, const char *path) {
    char text[512];
    int length = snprintf(text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n\r\n", path, port);
    page->fd = connected(port);
    if (send(page->fd, text, length, 0) != length)
        fail("send");
    attend(page->fd, page);
}

/* Events: the time they were sent, whose, which of its, and some text; 0 as time is one that does
 * not count. */
static int write_events(struct publisher *one, long long time, char *body) {
    int size = 0;
    for (int i = 0; i < batch; i++)
        size += snprintf(body + size, LINE, "%s%s%lld-%ld-%d %s", i ? "\n" : "", mark, time,
            (long)(one - publishers), time ? one->sent++ : 0, filler);
    return size;
}

static void publish(struct publisher *one, long long time) {
    static char body[MOST_BATCH * LINE], text[(MOST_BATCH + 1) * LINE];
    int size = write_events(one, time, body);
    int length = snprintf(text, sizeof text,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: text/plain\r\n"
        "Content-Length: %d\r\n\r\n%s", target, port, size, body);
    if (one->fd < 0) {
        one->fd = connected(port);
        attend(one->fd, one);
    }
    one->busy = 1;
    one->length = 0;
    if (send(one->fd, text, length, MSG_NOSIGNAL) != length)
        fail("publish");
}

static void hang_up(struct publisher *one) {
    close(one->fd); /* epoll forgets it */
    one->fd = -1;
}

/* True when the answer is complete; it must be a success with a Content-Length. */
static int finished(struct publisher *one) {
    ssize_t length = recv(one->fd, one->answer + one->length, sizeof one->answer - one->length - 1, 0);
    if (length <= 0 && !one->busy) {
        hang_up(one);
        return 0;
    }
    if (length <= 0)
        fail("a publisher was cut off");
    one->length += length;
    one->answer[one->length] = 0;
    char *body = strstr(one->answer, "\r\n\r\n");
    if (!body)
        return 0;
    char *size = strcasestr(one->answer, length_name);
    if (strncmp(one->answer, "HTTP/1.1 2", 10) || !size) {
        fprintf(stderr, "refused: %s\n", one->answer);
        exit(1);
    }
    if (one->length < body + 4 - one->answer + atoi(size + strlen(length_name)))
        return 0;
    one->busy = 0;
    if (strcasestr(one->answer, "connection: close"))
        hang_up(one);
    return 1;
}

static void wrong(const char *what, const char *event) {
    fprintf(stderr, "%s: %s\n", what, event);
    exit(1);
}

static void delivered(struct page *page, long long time) {
    long long sent_at;
    int who, number;
    if (sscanf(page->event, "mark-%lld-%d-%d", &sent_at, &who, &number) != 3 || who < 0
        || who >= MOST_PUBLISHERS)
        wrong("no event of ours", page->event);
    page->seen++;
    if (!sent_at)
        return; /* before the measurement */
    if (number != page->got_of[who]++)
        wrong("not each event once and in order", page->event);
    if (total == room && !(latencies = realloc(latencies, (room += 1 << 20) * sizeof *latencies)))
        fail("realloc");
    latencies[total++] = time - sent_at;
    last_delivery = time;
}

static void read_line(struct page *page, long long time) {
    page->line[page->length] = 0;
    char *event = strstr(page->line, mark);
    if (event && *page->event)
        wrong("two events in one frame", page->line);
    if (event)
        strcpy(page->event, event);
    if (!page->length && *page->event) {
        delivered(page, time);
        *page->event = 0;
    }
    page->length = 0;
}

/* Of a longer line than LINE the begin is kept. */
static void keep(struct page *page, const char *text, int length) {
    int room = LINE - 1 - page->length;
    memcpy(page->line + page->length, text, length < room ? length : room);
    page->length += length < room ? length : room;
}

static void read_page(struct page *page) {
    ssize_t length = recv(page->fd, got, ROOM, 0);
    long long time = now();
    if (length <= 0)
        fail("a stream ended");
    for (const char *at = got, *end = got + length; at < end;) {
        const char *stop = memchr(at, '\n', end - at);
        keep(page, at, (stop ? stop : end) - at);
        if (!stop)
            return;
        read_line(page, time);
        at = stop + 1;
    }
}

static int is_publisher(void *whom) {
    return (char *)whom >= (char *)publishers && (char *)whom < (char *)(publishers + MOST_PUBLISHERS);
}

/* Whether something came within `ms`; publishers that are answered are idle again. */
static int attend_all(int ms) {
    struct epoll_event ready[64];
    int events = epoll_wait(loop, ready, 64, ms);
    for (int i = 0; i < events; i++)
        if (!is_publisher(ready[i].data.ptr))
            read_page(ready[i].data.ptr);
        else if (finished(ready[i].data.ptr))
            answered++;
    return events > 0;
}

/* Publish until every stream has got something: some servers open one with its first event. */
static void warm_up(struct page *pages, int number) {
    for (int i = 0, tries = 0; i < number; tries++) {
        long long until = now() + 20000000;
        if (tries == 1000) {
            fprintf(stderr, "not all streams opened\n");
            exit(1);
        }
        if (!publishers->busy)
            publish(publishers, 0);
        while (now() < until)
            attend_all(5);
        for (i = 0; i < number && pages[i].seen; i++)
            ;
    }
    for (int i = 0; i < 20; i += batch) {
        publish(publishers, 0);
        while (publishers->busy)
            attend_all(-1);
    }
    while (attend_all(100))
        ;
}

static int ascending(const void *one, const void *other) {
    long long difference = *(const long long *)one - *(const long long *)other;
    return difference < 0 ? -1 : difference > 0;
}

static void send_due(int publishing, double rate, long long begun) {
    for (int i = 0; i < publishing; i++) {
        if (publishers[i].busy || (rate > 0 && now() - begun < asked * batch / rate * 1e9))
            continue;
        asked++;
        publish(&publishers[i], now());
    }
}

/* ns from the first request to the last answer. */
static long long flood(int number, int publishing, double seconds, double rate) {
    long long last_answer = 0, begun = now(), before;
    asked = answered = 0;
    for (;;) {
        int over = now() - begun >= seconds * 1e9;
        if (!over)
            send_due(publishing, rate, begun);
        else if (answered == asked && total == asked * batch * number)
            break;
        before = answered;
        if (!attend_all(over ? 20000 : 1) && over) {
            fprintf(stderr, "%ld of %ld events came\n", total, asked * batch * number);
            exit(1);
        }
        if (answered > before)
            last_answer = now();
    }
    last_delivery -= begun;
    return last_answer - begun;
}

int main(int argc, char **argv) {
    char line[16];
    if (argc != 9)
        return 2;
    int number = atoi(argv[4]), publishing = atoi(argv[5]);
    struct page *pages = calloc(number, sizeof *pages);
    int ports[MOST_PORTS] = {0}, servers = 0;
    for (char *one = strtok(argv[1], ","); one && servers < MOST_PORTS; one = strtok(NULL, ","))
        ports[servers++] = atoi(one);
    port = ports[0];
    target = argv[3];
    batch = atoi(argv[8]);
    loop = epoll_create1(0);
    if (!servers || !pages || loop < 0 || publishing > MOST_PUBLISHERS || batch < 1 || batch > MOST_BATCH)
        fail("begin");
    for (int i = 0; i < number; i++)
        open_page(&pages[i], ports[i % servers], argv[2]);
    for (int i = 0; i < publishing; i++)
        publishers[i].fd = -1;
    warm_up(pages, number);
    printf("open\n");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        return 1;
    long long acknowledged = flood(number, publishing, atof(argv[6]), atof(argv[7]));
    if (!total)
        return 1;
    qsort(latencies, total, sizeof *latencies, ascending);
    printf("%ld %lld %lld %lld %lld %lld\n", asked * batch, acknowledged, last_delivery,
        latencies[total / 2], latencies[total * 99 / 100], latencies[total - 1]);
    fflush(stdout);
}

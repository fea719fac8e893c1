/* Kernels that write over what this process shares with the host, and speak in the worker's name. The layout of a ring
   and the messages are those of docs/protocol.md. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS_AT = 640, SLOT_SIZE = 128, SLOTS = 256, RINGS = 16 };
enum { WORKER_SLEEPS = 0, WAKE_AT = 128, HOST_FUTEX = 256, BEGUN = 384, CANCELLED_BELOW = 512 };

struct area { uint8_t *start; size_t size; };

/* The mappings of files with this name. */
static int find(const char *name, struct area *found, int most)
{
    int count = 0;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && count < most && fgets(line, sizeof line, maps)) {
        uint64_t start, end;
        if (strstr(line, name) && sscanf(line, "%lx-%lx", &start, &end) == 2)
            found[count++] = (struct area){(uint8_t *)start, end - start};
    }
    if (maps)
        fclose(maps);
    return count;
}

static void nap(uint32_t us)
{
    const struct timespec time = {us / 1000000, us % 1000000 * 1000L};
    nanosleep(&time, NULL);
}

static uint64_t draw(uint64_t *dice)
{
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    return *dice;
}

static void write_noise(struct area area, size_t most, uint64_t *dice)
{
    size_t length = 1 + draw(dice) % most, at = draw(dice) % area.size;
    while (length-- && at < area.size)
        area.start[at++] = draw(dice);
}

/* One change of a ring: noise, or what might as well be right. */
static void scribble_ring(struct area ring, uint64_t *dice)
{
    const uint64_t kind = draw(dice) % 13, slot = draw(dice) % SLOTS;
    /* Most rings are only used at their beginning. */
    uint64_t *word = (uint64_t *)(ring.start + SLOTS_AT + (kind & 1 ? slot : slot % 32) * SLOT_SIZE);
    switch (kind) {
    case 0: write_noise(ring, 4096, dice); break;
    case 1: write_noise(ring, 16, dice); break;
    case 2: word[draw(dice) % 16] = draw(dice); break;
    case 3: word[draw(dice) % 16] = draw(dice) % 16; break;
    case 4: word[0] ^= 4; break;                                     /* posted becomes done, done posted */
    case 5: word[0] = (word[0] & ~7ull) + (draw(dice) % 3 - 1) * 8; break; /* the request before, this one, the next */
    case 6: word[0] += (draw(dice) % 3 - 1) * 8 * SLOTS; break;      /* a round earlier, or later */
    case 7: word[0] = draw(dice) % 2 ? 0 : ~0ull; break;
    case 8: memcpy(word, ring.start + SLOTS_AT + draw(dice) % SLOTS * SLOT_SIZE, SLOT_SIZE); break;
    case 9: *(uint32_t *)(ring.start + (draw(dice) % 2 ? WORKER_SLEEPS : HOST_FUTEX)) = draw(dice) % 3; break;
    case 10: *(uint64_t *)(ring.start + WAKE_AT) = draw(dice) % 2 ? ~0ull : draw(dice) % 512; break;
    case 12: *(uint64_t *)(ring.start + (draw(dice) % 2 ? BEGUN : CANCELLED_BELOW)) = draw(dice) % 2 ? ~0ull : draw(dice) % 512; break;
    case 11: memset(word, 0, SLOT_SIZE * (1 + draw(dice) % 4)); break;
    }
}

struct scribbler { uint64_t dice; int32_t count, pause_us, targets; atomic_long *done; };

static void *scribble_on(void *argument)
{
    struct scribbler self = *(struct scribbler *)argument;
    struct area rings[RINGS], memory[1];
    const int ring_count = find("memfd:veo-ring", rings, RINGS), memory_count = find("memfd:veo-memory", memory, 1);
    free(argument);
    if (!ring_count || !memory_count)
        abort();
    for (int32_t i = 0; i < self.count; i++) {
        const int ring = self.targets == 0 || (self.targets == 2 && draw(&self.dice) % 2);
        if (ring) {
            scribble_ring(rings[draw(&self.dice) % ring_count], &self.dice);
        } else {
            /* What is in use is at the beginning. */
            const struct area used = {memory->start, draw(&self.dice) % 4 ? 1 << 20 : memory->size};
            write_noise(used, 8192, &self.dice);
        }
        atomic_fetch_add(self.done, 1);
        if (self.pause_us)
            nap(self.pause_us);
    }
    return NULL;
}

/* Starts a thread that makes `count` random changes of the rings (targets 0), of VE memory (1) or of both (2), and counts
   them in a file of the host, which has it open as `counter`. */
void scribble(uint64_t seed, int32_t count, int32_t pause_us, int32_t targets, int32_t counter)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", getppid(), counter);
    const int file = open(path, O_RDWR);
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    struct scribbler *self = malloc(sizeof *self);
    *self = (struct scribbler){seed * 2 + 1, count, pause_us, targets, page};
    close(file);
    pthread_t thread;
    if (page == MAP_FAILED || pthread_create(&thread, NULL, scribble_on, self) != 0)
        abort();
    pthread_detach(thread);
}

/* Declares the requests of every ring that are waiting complete, with the result 42. Gives their number. */
int32_t forge_completions(void)
{
    struct area rings[RINGS];
    int32_t forged = 0;
    for (int count = find("memfd:veo-ring", rings, RINGS); count--;)
        for (int slot = 0; slot < SLOTS; slot++) {
            uint64_t *word = (uint64_t *)(rings[count].start + SLOTS_AT + slot * SLOT_SIZE);
            if (word[0] && !(word[0] & 7)) {
                word[3] = 42;
                atomic_store((_Atomic uint64_t *)word, word[0] | 4);
                forged++;
            }
        }
    return forged;
}

static void *hide_sleepers(void *_)
{
    struct area rings[RINGS];
    const int count = find("memfd:veo-ring", rings, RINGS);
    for (;; nap(100))
        for (int i = 0; i < count; i++) {
            *(volatile uint32_t *)(rings[i].start + WORKER_SLEEPS) = 0;
            *(volatile uint64_t *)(rings[i].start + WAKE_AT) = ~0ull;
        }
    return _;
}

/* From now on neither side sees that the other one sleeps. */
void hide_who_sleeps(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, hide_sleepers, NULL) != 0)
        abort();
    pthread_detach(thread);
}

/* The descriptor of the socket to the host: the only one of its kind. */
static int control_socket(void)
{
    for (int fd = 3; fd < 1024; fd++) {
        int kind = 0;
        socklen_t size = sizeof kind;
        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 && kind == SOCK_SEQPACKET)
            return fd;
    }
    return -1;
}

/* A message of a kind that there is, with arbitrary content, and with descriptors if `descriptors`. */
static void send_forged(int fd, uint32_t kind, uint64_t *dice, int descriptors)
{
    uint32_t message[256];
    const size_t length = 1 + draw(dice) % 200;
    for (size_t i = 0; i < length; i++)
        message[i] = draw(dice) % 2 ? draw(dice) % 4 : draw(dice);
    message[0] = kind;
    struct iovec part = {message, 4 * length};
    _Alignas(8) char control[CMSG_SPACE(40 * sizeof(int))] = {0};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptors) {
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        *rights = (struct cmsghdr){CMSG_LEN(descriptors * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
        for (int i = 0; i < descriptors; i++)
            ((int *)CMSG_DATA(rights))[i] = fd;
    }
    sendmsg(fd, &header, MSG_NOSIGNAL);
}

/* Sends forged messages of all kinds but those in `but`, a set of bits. */
void forge_messages(uint64_t seed, int32_t count, uint32_t but)
{
    const int fd = control_socket();
    uint64_t dice = seed * 2 + 1;
    for (int32_t i = 0; i < count; i++) {
        const uint32_t kind = draw(&dice) % 12;
        if (!(but >> kind & 1))
            send_forged(fd, kind, &dice, draw(&dice) % 4 ? 0 : 1 + draw(&dice) % 40);
    }
}

/* Leaves a child that never stops talking to the host. Its process id. */
int32_t leave_a_talking_child(void)
{
    const int fd = control_socket();
    const pid_t child = fork();
    if (child == 0) {
        uint64_t dice = 1;
        alarm(60);
        for (;;)
            send_forged(fd, 5, &dice, 0);
    }
    return child;
}

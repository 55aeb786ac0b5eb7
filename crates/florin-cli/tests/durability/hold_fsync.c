/*
 * Holds up fsync and fdatasync while the file named by FLORIN_HOLD exists, and says so by creating FLORIN_HELD.
 *
 * SIGKILL leaves the page cache alone, so killing a server cannot show whether it answers before its data is on the
 * disk. This can: while a sync is held, nothing that waits for it may be answered.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void hold(void)
{
    const char *gate = getenv("FLORIN_HOLD");
    const char *held = getenv("FLORIN_HELD");
    if (!gate || !held || access(gate, F_OK) != 0)
        return;
    close(open(held, O_CREAT | O_WRONLY, 0600));
    while (access(gate, F_OK) == 0)
        usleep(1000);
}

int fsync(int file)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    hold();
    return real(file);
}

int fdatasync(int file)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    hold();
    return real(file);
}

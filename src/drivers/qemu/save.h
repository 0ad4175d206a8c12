/* Guests in files: the file itself (save_file.c), saving and waking guests (save.c).  Included by this folder only. */
#pragma once

#include "drivers/qemu/run.h"
#include "model/save_image.h"

/* Where a guest of NAME sleeps that libvirt woke up again by itself; the caller's. */
char *qemu_managed_save_path(const QemuDriver *driver, const char *name);

/* A file open for writing a guest into, or for reading one from it: maybe through a program that packs, maybe past the
 * host's cache. */
typedef struct {
    char *path;
    int file;       /* -1: not open */
    int end;        /* what the emulator writes to or reads from */
    GPid program;   /* 0: none */
    GThread *pump;  /* NULL: none */
    void *pumping;
} QemuSaveFile;

int qemu_save_file_create(QemuSaveFile *file, const char *path, const GByteArray *head, VrSaveImageFormat format, bool direct);
/* Everything was written: wait for it to arrive, replace the head by HEAD (NULL: none) and sync. */
int qemu_save_file_finish(QemuSaveFile *file, const GByteArray *head);
/* The head of the file at PATH; with RET (may be NULL) the file stays open where the memory begins. */
int qemu_save_file_open(const char *path, bool direct, VrSaveImage *ret_image, QemuSaveFile *ret);
void qemu_save_file_clear(QemuSaveFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(QemuSaveFile, qemu_save_file_clear)

/* The format that the driver's configuration asks for under KEY. */
int qemu_save_format(const QemuDriver *driver, const char *key, VrSaveImageFormat *ret);
/* The same by name. */
int qemu_save_format_of(const char *name, VrSaveImageFormat *ret);

/* Hand FD to the emulator under NAME, send its whole state there and wait, in a long job and without the turn. */
int qemu_migrate_to(QemuRun *run, int fd);
/* Start the guest in C: from its managed save where there is one. */
int qemu_boot(QemuChange *c, unsigned flags);

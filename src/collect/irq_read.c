// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "irq_read.h"
#include "softirq.h"

#define PARENTS                                                                                    \
	2 /* from a device to the PCI function that has its interrupts: virtio has one between */

/* The first line of a file, without its end; empty if there is none. */
static void read_line(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");

	if (!f || !fgets(buf, size, f))
		buf[0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	if (f)
		fclose(f);
}

static void read_affinity(struct irq_info *irq)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/irq/%u/smp_affinity_list", irq->irq);
	read_line(path, irq->affinity, sizeof(irq->affinity));
	snprintf(path, sizeof(path), "/proc/irq/%u/effective_affinity_list", irq->irq);
	read_line(path, irq->effective, sizeof(irq->effective));
}

static void read_coalescing(struct irq_info *irq, int sock)
{
	struct ethtool_coalesce c = {.cmd = ETHTOOL_GCOALESCE};
	struct ifreq ifr = {.ifr_data = (void *)&c};

	memset(&irq->coalescing, 0, sizeof(irq->coalescing));
	if (!irq->dev[0] || sock < 0)
		return;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", irq->dev);
	if (ioctl(sock, SIOCETHTOOL, &ifr))
		return;
	irq->coalescing = (struct coalescing){
		.told = true,
		.adaptive_rx = c.use_adaptive_rx_coalesce,
		.adaptive_tx = c.use_adaptive_tx_coalesce,
		.rx_usecs = c.rx_coalesce_usecs,
		.rx_frames = c.rx_max_coalesced_frames,
		.tx_usecs = c.tx_coalesce_usecs,
		.tx_frames = c.tx_max_coalesced_frames,
	};
}

void irqs_refresh(struct irq_infos *irqs)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (size_t i = 0; i < irqs->n; i++) {
		read_affinity(&irqs->list[i]);
		read_coalescing(&irqs->list[i], sock);
	}
	if (sock >= 0)
		close(sock);
}

static int add_irq(struct irq_infos *irqs, const char *number)
{
	unsigned long n = strtoul(number, NULL, 10);
	struct irq_info irq = {.irq = n}, *list;
	char path[64];

	if (n >= IRQ_MAX)
		return 0;
	snprintf(path, sizeof(path), "/sys/kernel/irq/%lu/actions", n);
	read_line(path, irq.name, sizeof(irq.name));
	if (!irq.name[0])
		return 0;
	list = realloc(irqs->list, sizeof(*list) * (irqs->n + 1));
	if (!list)
		return -ENOMEM;
	irqs->list = list;
	list[irqs->n++] = irq;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct irq_info *x = a, *y = b;

	return x->irq < y->irq ? -1 : x->irq > y->irq;
}

/* "eth0", "eth0-rx-0", "mlx5_comp1@eth0": the name, and not a longer one. */
static bool names(const char *handler, const char *dev)
{
	const char *at = strstr(handler, dev);

	return at && (at == handler || !isalnum((unsigned char)at[-1])) &&
	       !isalnum((unsigned char)at[strlen(dev)]);
}

static void claim_named(struct irq_infos *irqs, const char *name, const char *dev)
{
	for (size_t i = 0; i < irqs->n; i++)
		if (!irqs->list[i].dev[0] && names(irqs->list[i].name, name))
			snprintf(irqs->list[i].dev, sizeof(irqs->list[i].dev), "%.15s", dev);
}

/* The interrupts in DIR/msi_irqs, a file each, are the device's. A line whose handler has the
 * device's name is its in any case: a function can have several ports. */
static bool claim_msi(struct irq_infos *irqs, const char *dir, const char *dev)
{
	char path[PATH_MAX + 16];
	struct dirent *e;
	bool any = false;
	DIR *d;

	snprintf(path, sizeof(path), "%s/msi_irqs", dir);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		struct irq_info *irq;

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		irq = (struct irq_info *)irq_find(irqs, strtoul(e->d_name, NULL, 10));
		if (irq && !irq->dev[0])
			snprintf(irq->dev, sizeof(irq->dev), "%.15s", dev);
		any = true;
	}
	if (d)
		closedir(d);
	return any;
}

static void claim_by_bus(struct irq_infos *irqs, const char *dev)
{
	char link[300], path[PATH_MAX];

	snprintf(link, sizeof(link), "/sys/class/net/%s/device", dev);
	if (!realpath(link, path))
		return;
	claim_named(irqs, strrchr(path, '/') + 1, dev); /* "virtio0" */
	for (int i = 0; i < PARENTS && !claim_msi(irqs, path, dev); i++) {
		char *slash = strrchr(path, '/');

		if (!slash || slash == path)
			return;
		*slash = '\0';
	}
}

static void claim(struct irq_infos *irqs, bool by_name)
{
	DIR *d = opendir("/sys/class/net");
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (by_name)
			claim_named(irqs, e->d_name, e->d_name);
		else
			claim_by_bus(irqs, e->d_name);
	}
	if (d)
		closedir(d);
}

int irqs_read(struct irq_infos *irqs)
{
	DIR *d = opendir("/sys/kernel/irq");
	struct dirent *e;
	int err = 0;

	*irqs = (struct irq_infos){};
	while (d && !err && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			err = add_irq(irqs, e->d_name);
	if (d)
		closedir(d);
	if (err)
		return err;
	if (irqs->n)
		qsort(irqs->list, irqs->n, sizeof(*irqs->list), by_number);
	claim(irqs, true);
	claim(irqs, false);
	irqs_refresh(irqs);
	return 0;
}

void irqs_free(struct irq_infos *irqs)
{
	free(irqs->list);
	*irqs = (struct irq_infos){};
}

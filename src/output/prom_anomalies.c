// SPDX-License-Identifier: GPL-2.0-only
/* How many anomalies: which ones is no label, for connections come and go. /api/v1/anomalies has
 * them. */
#include "prometheus.h"

#include <string.h>

#include "prom_write.h"

static void put_scopes(struct prom *p, const struct prom_family *family, const __u64 *counts)
{
	prom_family(p, family, NULL);
	for (unsigned i = 0; i < ANOMALY_SCOPES; i++) {
		const char *scope = anomaly_rules[i].name;
		struct prom_labels l = prom_label(PROM_NONE, "scope", scope, strlen(scope));

		prom_count(p, &l, counts[i]);
	}
}

void prometheus_anomalies(struct prom *p, const struct anomaly_counts *c)
{
	static const struct prom_family active = {"netstrata_", "anomalies_active", PROM_GAUGE,
						  NULL, "What is unusually slow now"},
					total = {"netstrata_", "anomalies", PROM_COUNTER, NULL,
						 "How often something became unusually slow"},
					untracked = {
						"netstrata_", "anomalies_untracked", PROM_COUNTER,
						NULL,
						"Connections of intervals that were not looked "
						"at: no room"};

	put_scopes(p, &active, c->active);
	put_scopes(p, &total, c->total);
	prom_family(p, &untracked, NULL);
	prom_count(p, &PROM_NONE, c->untracked);
}

/* Names of PCI devices and their makers, from the list that hosts have as pci.ids.  Any thread. */
#pragma once

/* NULL where the list does not say, or is not there.  Caller frees. */
char *vr_pci_vendor_name(unsigned vendor);
char *vr_pci_product_name(unsigned vendor, unsigned product);

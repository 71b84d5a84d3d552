/* Stands in for libpcap's D-Bus capture module (pcap-dbus.c), which would bring libdbus and libsystemd into the
 * static binary: it claims no device name and lists no device. The prototypes are those of libpcap's table of
 * capture sources (pcap.c, capture_source_types). */

struct pcap;
struct pcap_if_list;

struct pcap *dbus_create(const char *device, char *error, int *is_ours);
int dbus_findalldevs(struct pcap_if_list *devices, char *error);

struct pcap *dbus_create(const char *device, char *error, int *is_ours)
{
	(void)device;
	(void)error;
	*is_ours = 0;
	return 0;
}

int dbus_findalldevs(struct pcap_if_list *devices, char *error)
{
	(void)devices;
	(void)error;
	return 0;
}

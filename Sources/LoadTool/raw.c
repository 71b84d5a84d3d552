/* Frames written by a packet socket: sources, destinations and ports as no socket would have them. */
#include "load.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#define BATCH 64

static uint32_t sum(uint32_t sum, const uint8_t *bytes, int count)
{
	for (int i = 0; i + 1 < count; i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	if (count & 1)
		sum += bytes[count - 1] << 8;
	return sum;
}

static void put_checksum(uint8_t *place, uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	place[0] = sum >> 8;
	place[1] = sum;
}

/* An address below a prefix. */
static void pick(uint8_t *out, const struct prefix *prefix)
{
	int size = prefix->family == AF_INET ? 4 : 16;

	memcpy(out, prefix->bytes, size);
	for (int bit = prefix->length; bit < size * 8; bit += 8 - bit % 8)
		out[bit / 8] ^= (random64() >> 40) & (0xff >> bit % 8);
}

static int build(const struct options *o, uint8_t *frame, const uint8_t *own)
{
	int size = o->to.family == AF_INET ? 4 : 16, header = size == 4 ? 20 : 40;
	int protocol = o->protocol == IPPROTO_ICMPV6 && size == 4 ? IPPROTO_ICMP : o->protocol;
	int payload = o->protocol == IPPROTO_TCP ? 20 : 8 + o->size;
	uint8_t *ip = frame + 14, *l4 = ip + header, *source = ip + (size == 4 ? 12 : 8), *destination = source + size;
	uint64_t number = random64();
	int checksum = o->protocol == IPPROTO_TCP ? 16 : o->protocol == IPPROTO_UDP ? 6 : 2;

	memset(frame, 0, 14 + header + payload);
	memcpy(frame, o->mac, 6);
	memcpy(frame + 6, own, 6);
	frame[12] = size == 4 ? 0x08 : 0x86;
	frame[13] = size == 4 ? 0x00 : 0xdd;
	pick(source, &o->from);
	pick(destination, &o->to);
	if (size == 4) {
		ip[0] = 0x45;
		ip[2] = (header + payload) >> 8;
		ip[3] = header + payload;
		ip[8] = 64;
		ip[9] = protocol;
		put_checksum(ip + 10, sum(0, ip, 20));
	} else {
		ip[0] = 0x60;
		ip[4] = payload >> 8;
		ip[5] = payload;
		ip[6] = protocol;
		ip[7] = 64;
	}
	if (o->protocol == IPPROTO_ICMPV6) {
		l4[0] = size == 4 ? 8 : 128;
		memcpy(l4 + 4, &number, 4);
	} else {
		memcpy(l4, &number, 2);
		l4[0] |= 4; /* no port below 1024 */
		if (o->port) {
			l4[2] = o->port >> 8;
			l4[3] = o->port;
		} else {
			memcpy(l4 + 2, (uint8_t *)&number + 2, 2);
		}
		if (o->protocol == IPPROTO_TCP) {
			memcpy(l4 + 4, (uint8_t *)&number + 4, 4);
			l4[12] = 0x50;
			l4[13] = 0x02;
			l4[14] = 0xff;
		} else {
			l4[4] = payload >> 8;
			l4[5] = payload;
		}
	}
	put_checksum(l4 + checksum,
	             sum(protocol == IPPROTO_ICMP ? 0 : sum(protocol + payload, source, 2 * size), l4, payload));
	return 14 + header + payload;
}

int run_raw(const struct options *o)
{
	static uint8_t frames[BATCH][2048];
	struct mmsghdr messages[BATCH] = {};
	struct iovec vectors[BATCH];
	struct sockaddr_ll place = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct ifreq request = {};
	uint64_t sent = 0, failed = 0, start, end, elapsed;
	int fd, one = 1;

	if (!o->device || o->from.family != o->to.family || o->size > 1400) {
		fputs("fabctl-load: raw needs --device, --mac, and --from of the family of --to\n", stderr);
		return 64;
	}
	enter_namespace(o->client);
	stay_on_cpu(o->client_cpu);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	place.sll_ifindex = if_nametoindex(o->device);
	if (fd < 0 || !place.sll_ifindex || bind(fd, (struct sockaddr *)&place, sizeof(place)))
		die(o->device);
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	strncpy(request.ifr_name, o->device, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		die(o->device);
	for (int i = 0; i < BATCH; i++) {
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	start = now_ns();
	end = start + (uint64_t)(o->seconds * 1e9);
	while (sent + failed < o->count && now_ns() < end) {
		int batch = o->count - sent - failed < BATCH ? o->count - sent - failed : BATCH, got;

		if (o->rate > 0) {
			if (batch > 1 + o->rate / 1000)
				batch = 1 + o->rate / 1000;
			sleep_until(start + (uint64_t)((sent + failed) / o->rate * 1e9));
		}
		for (int i = 0; i < batch; i++)
			vectors[i] =
				(struct iovec){ frames[i], build(o, frames[i], (uint8_t *)request.ifr_hwaddr.sa_data) };
		got = sendmmsg(fd, messages, batch, 0);
		if (got > 0)
			sent += got;
		else
			failed++;
	}
	elapsed = now_ns() - start;
	printf("{\"sent\":%lu,\"failed\":%lu,\"seconds\":%.3f,\"sent_per_second\":%.0f}\n", sent, failed, elapsed / 1e9,
	       sent / (elapsed / 1e9));
	return sent ? 0 : 1;
}

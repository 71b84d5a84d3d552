#include "load.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdlib.h>

static const struct {
	const char *name;
	int (*run)(const struct options *);
	const char *what;
} verbs[] = {
	{ "rr", run_rr, "one message there and back, again and again: quantiles of the round trip" },
	{ "flood", run_flood,
	  "UDP datagrams by sendmmsg, one flow or random ports: packets a second, sent and received" },
	{ "connect", run_connect, "TCP connect, 1 byte, close, again and again: connections a second" },
	{ "stream", run_stream, "one TCP stream: Gbit/s, and what of the machine's CPU time a gigabit takes" },
	{ "hold", run_hold, "many TCP connections, each with a message on its way: which live, and what each carried" },
	{ "raw", run_raw, "frames past the kernel's own protocols, of random ports and addresses: SYN, UDP, echo" },
	{ "run", run_run, "a program, its output to nowhere: what it took; after --" },
	{ "judged", run_judged, "a program, and when datagrams begin or cease to pass because of it; after --" },
};

static _Noreturn void usage(void)
{
	fputs("usage: fabctl-load VERB [OPTION...]\n\n", stderr);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		fprintf(stderr, "  %-9s %s\n", verbs[i].name, verbs[i].what);
	fputs("\n  --client NETNS --server NETNS   paths of network namespaces; default: this one\n"
	      "  --node NETNS                    judged: where the program runs\n"
	      "  --to ADDRESS[/LEN] --port N     where to; raw: any address below the prefix; port 0: at random\n"
	      "  --from ADDRESS[/LEN]            raw: the sources\n"
	      "  --protocol udp|tcp|icmp         of rr and raw\n"
	      "  --seconds S --count N --rate R  bounds, and pace a second (0: none)\n"
	      "  --size BYTES --connections N    payload; connections of hold\n"
	      "  --client-cpu N --server-cpu N   CPUs to stay on\n"
	      "  --random                        flood: destination ports at random\n"
	      "  --device NAME --mac MAC         raw: where frames leave, and to whom\n",
	      stderr);
	exit(64);
}

static struct prefix prefix(char *text)
{
	struct prefix prefix = {};
	char *slash = strchr(text, '/');

	if (slash)
		*slash = 0;
	prefix.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(prefix.family, text, prefix.bytes) != 1)
		usage();
	prefix.length = slash ? atoi(slash + 1) : 128;
	return prefix;
}

static int protocol(const char *text)
{
	if (!strcmp(text, "udp"))
		return IPPROTO_UDP;
	if (!strcmp(text, "tcp"))
		return IPPROTO_TCP;
	if (!strcmp(text, "icmp"))
		return IPPROTO_ICMPV6;
	usage();
}

int main(int argc, char **argv)
{
	enum {
		CLIENT = 256,
		SERVER,
		TO,
		FROM,
		PORT,
		PROTOCOL,
		SECONDS,
		COUNT,
		RATE,
		SIZE,
		CONNECTIONS,
		CLIENT_CPU,
		SERVER_CPU,
		RANDOM,
		DEVICE,
		MAC,
		NODE
	};
	static const struct option long_options[] = { { "client", 1, NULL, CLIENT },
		                                      { "server", 1, NULL, SERVER },
		                                      { "to", 1, NULL, TO },
		                                      { "from", 1, NULL, FROM },
		                                      { "port", 1, NULL, PORT },
		                                      { "protocol", 1, NULL, PROTOCOL },
		                                      { "seconds", 1, NULL, SECONDS },
		                                      { "count", 1, NULL, COUNT },
		                                      { "rate", 1, NULL, RATE },
		                                      { "size", 1, NULL, SIZE },
		                                      { "connections", 1, NULL, CONNECTIONS },
		                                      { "client-cpu", 1, NULL, CLIENT_CPU },
		                                      { "server-cpu", 1, NULL, SERVER_CPU },
		                                      { "random", 0, NULL, RANDOM },
		                                      { "device", 1, NULL, DEVICE },
		                                      { "mac", 1, NULL, MAC },
		                                      { "node", 1, NULL, NODE },
		                                      {} };
	struct options o = { .port = 7000,
		             .protocol = IPPROTO_UDP,
		             .seconds = 2,
		             .count = 1000000000,
		             .size = 32,
		             .connections = 100,
		             .client_cpu = -1,
		             .server_cpu = -1 };
	int found;

	if (argc < 2)
		usage();
	while ((found = getopt_long(argc - 1, argv + 1, "", long_options, NULL)) != -1) {
		switch (found) {
		case CLIENT: o.client = optarg; break;
		case SERVER: o.server = optarg; break;
		case TO: o.to = prefix(optarg); break;
		case FROM: o.from = prefix(optarg); break;
		case PORT: o.port = atoi(optarg); break;
		case PROTOCOL: o.protocol = protocol(optarg); break;
		case SECONDS: o.seconds = atof(optarg); break;
		case COUNT: o.count = strtoull(optarg, NULL, 10); break;
		case RATE: o.rate = atof(optarg); break;
		case SIZE: o.size = atoi(optarg); break;
		case CONNECTIONS: o.connections = atoi(optarg); break;
		case CLIENT_CPU: o.client_cpu = atoi(optarg); break;
		case SERVER_CPU: o.server_cpu = atoi(optarg); break;
		case RANDOM: o.random = 1; break;
		case DEVICE: o.device = optarg; break;
		case NODE: o.node = optarg; break;
		case MAC:
			if (sscanf(optarg, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", o.mac, o.mac + 1, o.mac + 2, o.mac + 3,
			           o.mac + 4, o.mac + 5) != 6)
				usage();
			break;
		default: usage();
		}
	}
	o.command = argv + 1 + optind;
	if (!strcmp(argv[1], "run") && *o.command)
		return run_run(&o);
	if (!*o.command != !!strcmp(argv[1], "judged") || !o.to.family || o.seconds <= 0 || o.seconds > 3600 ||
	    o.size < 1 || o.size > 65000 || o.connections < 1 || o.connections > 10000 || o.port < 0 || o.port > 65535)
		usage();
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(&o);
	usage();
}

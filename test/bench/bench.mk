# Benches against other people's programs. Included from the Makefile. What was found is in test/bench/RESULTS.md.

.PHONY: bench-boot bench-broadcast bench-source bench-fabric bench-deploy

out/.bench-packages: test/bench/packages.sh
	@mkdir -p out
	sh test/bench/packages.sh
	@touch $@

bench-boot: setup out/.bench-packages $(LOADERS:%=out/boot/loaders/%) out/boot/ramdisk/vmlinuz out/boot/ramdisk/initramfs  ## DHCP, TFTP and HTTP next to other servers (root)
	node --no-warnings test/bench/boot_dhcp.ts
	node --no-warnings test/bench/stalled_database.ts
	node --no-warnings test/bench/boot_transfer.ts

# BENCH_ARGS: --long (every point), --rounds N, --points TEXT, --only TEXT, --order told|learnt|heard.
bench-broadcast: setup out/.bench-packages out/agent/brigade-agent  ## the broadcast next to other programs (root)
	node --no-warnings test/bench/broadcast.ts $(BENCH_ARGS)
	node --no-warnings test/bench/broadcast.ts --only Brigade --points tree --order learnt
	node --no-warnings test/bench/broadcast_cost.ts
	node --no-warnings test/bench/broadcast_faults.ts

bench-source: setup out/boot/ramdisk/vmlinuz out/boot/ramdisk/initramfs  ## what the appliance itself feeds nodes, and DHCP meanwhile (root)
	node --no-warnings test/bench/source_feed.ts
	node --no-warnings test/bench/report_load.ts

bench-fabric: setup  ## reading recorded switches; a scan of 50 with 5,000 MACs (root)
	node --no-warnings test/bench/fabric_read.ts
	node --no-warnings test/bench/fabric_scan.ts

bench-deploy: setup build out/images/debian-12.tar.zst  ## thousands of played machines in one deployment; one of eight that is dead (root)
	node --no-warnings test/bench/deploy_many.ts --nodes 8
	node --no-warnings test/bench/deploy_many.ts --nodes 8 --dead 1
	node --no-warnings test/bench/deploy_many.ts --nodes 4000
	node --no-warnings test/bench/deploy_many.ts --nodes 4000 --program out/brigade

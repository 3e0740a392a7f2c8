# The virtual provisioning network: a switch, the appliance's network and NODES machines with a BMC each. Needs root.
.PHONY: lab-up lab-down demo

lab-up: setup  ## start a virtual network of NODES=4 machines (root)
	node test/lab/up.ts --nodes $(NODES)

lab-down: node_modules/.package-lock.json  ## stop it
	node test/lab/down.ts

demo: setup build out/images/debian-12.tar.zst  ## install NODES=4 virtual machines and show the result (root)
	node test/lab/demo/demo.ts --nodes $(NODES)

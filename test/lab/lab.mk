# The virtual provisioning network: a switch, the appliance's network and NODES machines with a BMC each. Needs root.
.PHONY: lab-up lab-down

lab-up: setup  ## start a virtual network of NODES=4 machines (root)
	node test/lab/up.ts --nodes $(NODES)

lab-down: node_modules/.package-lock.json  ## stop it
	node test/lab/down.ts

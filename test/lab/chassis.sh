#!/bin/sh
# What ipmi_sim calls to look at and to move the power switch of one machine: chassis.sh NODE get|set|check WHAT [VALUE]
# Runs in the node's directory. Must be quick and do no harm when called twice: ipmi_sim answers nobody meanwhile, so
# the client repeats its request. The supervisor, which reads the control pipe, does the work.
node=$1 verb=$2 what=$3 value=$4
case "$verb $what" in
"get power") echo "power:$(cat power)" ;;
"get boot") echo "boot:$(cat boot)" ;;
"set boot") echo "$value" >boot ;;
"set power") if [ "$value" = 1 ]; then echo "$node on"; else echo "$node off"; fi >../control ;;
"set reset") echo "$node reset" >../control ;;
"set shutdown") echo "$node soft" >../control ;;
esac

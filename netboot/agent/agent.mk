# netboot/agent
agent-check:


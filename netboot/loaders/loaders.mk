# netboot/loaders

/* Open files at a time: the soft limit, 1,024 mostly, is low for who knows that he needs more. */
#ifndef VEDETTE_DESCRIPTORS_H
#define VEDETTE_DESCRIPTORS_H

/* So many, as far as the hard limit allows. */
void descriptors_allow(unsigned wanted);

#endif

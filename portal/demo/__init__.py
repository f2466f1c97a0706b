"""The demo: three escuelas in the middle of a believable semester. Everybody in it is made up."""

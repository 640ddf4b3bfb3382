"""What a project does for a province: employment, value added and imports, from input–output tables.

:class:`Table` is a symmetric table; :class:`SupplyUse` makes one; :func:`regional` brings a national one to a region;
:func:`effect` answers for a project.
"""

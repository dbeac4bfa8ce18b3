"""Cook County's Assessor: sales of parcels, over SODA. No mortgages, no liens."""
